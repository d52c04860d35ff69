import { expect, test } from 'vitest';
import { ErrorThrottle } from '../../src/shared/error-throttle.js';
import { CycloramaError } from '../../src/shared/errors.js';

test('a repeated error is reported once in ten seconds, and a different one at once', () => {
  const throttle = new ErrorThrottle();
  const lost = new CycloramaError('device-lost', 'the device is gone');
  const frame = new CycloramaError('frame', 'the frame is too wide');
  expect([0, 33, 9999].map((now) => throttle.shouldReport(lost, now))).toEqual([true, false, false]);
  expect(throttle.shouldReport(frame, 9999)).toBe(true);
  expect(throttle.shouldReport(lost, 10_000)).toBe(true);
});

test('an error of the wasm module keeps its code, and any other error is `internal`', () => {
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
