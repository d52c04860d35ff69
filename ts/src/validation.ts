import { CycloramaError } from './errors.js';

/** The error for an option with a value it cannot have. */
export function invalid(option: string, value: unknown, expected: string): CycloramaError {
  return new CycloramaError('option', `${option} is ${describe(value)}: it must be ${expected}`);
}

/** The values an option can have, in words. */
export function oneOf(values: readonly string[]): string {
  return `one of ${values.map((value) => `"${value}"`).join(', ')}`;
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
