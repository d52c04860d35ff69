/** Parsing and validation of the experiments' options. */
import { SetupError } from '../setup/command.mjs';

/** The option `--backend`, which {@link chromiumOf} reads. */
export const backendOption = { type: 'string', default: 'webgpu' };

/** The Chromium of tests/browser/live/harness.ts that runs a backend. */
export function chromiumOf(backend) {
  const targets = { webgpu: 'chromium', webgl: 'chromium-without-gpu', cpu: 'chromium-without-gpu' };
  return targets[oneOf('--backend', backend, Object.keys(targets))];
}

/** The section of a report's page with the figures of a backend. */
export function sectionOf(name, backend) {
  return backend === backendOption.default ? name : `${name}-${backend}`;
}

/** @throws {SetupError} if the value is not allowed. */
export function oneOf(option, value, allowed) {
  if (!allowed.includes(value))
    throw new SetupError(`${option} takes ${allowed.join(', ')}, not "${value}".`);
  return value;
}

/** @throws {SetupError} if the value is not an integer of at least `least`. */
export function wholeNumber(option, value, least) {
  const number = Number(value);
  if (!(Number.isInteger(number) && number >= least)) {
    throw new SetupError(`${option} takes a whole number of ${least} or more, not "${value}".`);
  }
  return number;
}

/** @throws {SetupError} if the value is not a positive number. */
export function positive(option, value) {
  const number = Number(value);
  if (!(number > 0 && Number.isFinite(number))) {
    throw new SetupError(`${option} takes a number above 0, not "${value}".`);
  }
  return number;
}

/** Parses `WIDTHxHEIGHT`. */
export function pixels(option, value) {
  const [, width, height] = /^([1-9]\d*)x([1-9]\d*)$/.exec(value) ?? [];
  if (!width) throw new SetupError(`${option} takes a size such as 640x360, not "${value}".`);
  return { width: Number(width), height: Number(height) };
}
