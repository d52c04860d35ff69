import { expect, test } from 'vitest';
import { ErrorThrottle } from '../src/shared/error-throttle.js';
import { CycloramaError } from '../src/shared/errors.js';

test('a cause that goes on is news once in ten seconds, another one at once', () => {
  const log = new ErrorThrottle();
  const lost = new CycloramaError('device-lost', 'the device is gone');
  const frame = new CycloramaError('frame', 'the frame is too wide');
  expect([0, 33, 9999].map((now) => log.shouldReport(lost, now))).toEqual([true, false, false]);
  expect(log.shouldReport(frame, 9999)).toBe(true);
  expect(log.shouldReport(lost, 10_000)).toBe(true);
});

test('an error of the wasm module keeps its code, and anything else is a defect', () => {
  const coded = Object.assign(new Error('no TFL3 at byte 4'), { code: 'model' });
  expect(CycloramaError.from(coded)).toMatchObject({
    code: 'model',
    message: 'no TFL3 at byte 4',
    cause: coded,
  });
  expect(CycloramaError.from(Object.assign(new Error('x'), { code: 'ENOENT' })).code).toBe('internal');
  expect(CycloramaError.from(new WebAssembly.RuntimeError('unreachable')).code).toBe('internal');
  expect(CycloramaError.from('text').message).toContain('text');
});
