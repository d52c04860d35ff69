import { expect, test } from 'vitest';
import { loadCode } from '../../src/page/pipeline-host.js';

test('code that is not downloaded is a typed error with the cause', async () => {
  const cause = new TypeError('Failed to fetch dynamically imported module');
  await expect(loadCode(Promise.reject(cause))).rejects.toMatchObject({
    code: 'asset',
    message: expect.stringContaining('Failed to fetch dynamically imported module'),
    cause,
  });
});

test('code that is downloaded is returned as it is', async () => {
  const code = { Pipeline: class {} };
  await expect(loadCode(Promise.resolve(code))).resolves.toBe(code);
});
