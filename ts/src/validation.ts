import { CycloramaError } from './errors.js';

/** The error for an option with a value it cannot have. */
export function invalid(option: string, value: unknown, expected: string): CycloramaError {
  return new CycloramaError('option', `${option} is ${describe(value)}: it must be ${expected}`);
}

/** The values an option can have, in words. */
export function oneOf(values: readonly string[]): string {
  return `one of ${values.map((value) => `"${value}"`).join(', ')}`;
}

/** @throws {CycloramaError} `option` where `value` is none of the choices */
export function checkChoice(option: string, value: unknown, choices: readonly string[]): void {
  if (!choices.some((choice) => choice === value)) throw invalid(option, value, oneOf(choices));
}

/** @throws {CycloramaError} `option` where `value` is neither true nor false */
export function checkFlag(option: string, value: unknown): void {
  if (typeof value !== 'boolean') throw invalid(option, value, 'true or false');
}

/** @throws {CycloramaError} `option` where `value` is no number from 0 to 1 */
export function checkShare(option: string, value: unknown): void {
  if (!(typeof value === 'number' && value >= 0 && value <= 1)) {
    throw invalid(option, value, 'a number in [0, 1]');
  }
}

/** True for what has properties to be read. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (isRecord(value)) return `an object of type ${value.constructor?.name ?? 'Object'}`;
  return String(value);
}
