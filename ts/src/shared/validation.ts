import { CycloramaError } from './errors.js';

/** Most characters of a value or an address of the caller's that a message repeats. */
const MAX_QUOTE = 80;

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
export function checkFraction(option: string, value: unknown): void {
  if (!(typeof value === 'number' && value >= 0 && value <= 1)) {
    throw invalid(option, value, 'a number in [0, 1]');
  }
}

/**
 * Takes properties out of an object of the caller's, each of them once, so that what was checked is what counts: a getter may
 * answer differently the next time, and an object may change.
 *
 * @param path what stands before a property's name in messages, such as `effect.`
 * @throws {CycloramaError} `option`, naming the property, where a getter throws
 */
export function take<T extends object, Name extends keyof T & string>(
  object: T,
  names: readonly Name[],
  path = '',
): Pick<T, Name> {
  const taken: Partial<Pick<T, Name>> = {};
  for (const name of names) {
    const value = guard(`${path}${name}`, () => object[name]);
    if (value !== undefined) taken[name] = value;
  }
  return taken as Pick<T, Name>;
}

/**
 * The options that a call was given, as {@link take} gives properties. Those of a call without any are all left out.
 *
 * @throws {CycloramaError} `option` where `options` is no object, such as null, or one of them cannot be read
 */
export function takeOptions<T extends object, Name extends keyof T & string>(
  options: T | undefined,
  names: readonly Name[],
): Pick<T, Name> {
  // Plain JavaScript callers have no compiler to tell them.
  const given: unknown = options === undefined ? {} : options;
  if (!isRecord(given)) throw invalid('options', given, 'an object');
  return take(given as T, names);
}

/**
 * Runs a check of a value that may be anything, such as a proxy that throws whatever is asked of it.
 *
 * @throws {CycloramaError} `option`, naming `option`, in place of whatever else is thrown
 */
export function guard<Result>(option: string, check: () => Result): Result {
  try {
    return check();
  } catch (cause) {
    if (isOurs(cause)) throw cause;
    throw new CycloramaError('option', `${option} cannot be read: ${thrown(cause)}`, { cause });
  }
}

function isOurs(cause: unknown): cause is CycloramaError {
  try {
    return cause instanceof CycloramaError;
  } catch {
    return false;
  }
}

/** What a caught value says, at most 80 characters of it. */
export function thrown(cause: unknown): string {
  try {
    return shorten(String(isRecord(cause) && 'message' in cause ? cause.message : cause));
  } catch {
    return 'it throws';
  }
}

/** True for what has properties to be read. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function describe(value: unknown): string {
  if (typeof value === 'string') return shorten(JSON.stringify(value));
  if (typeof value === 'function') return 'a function';
  if (isRecord(value)) return `an object of type ${typeName(value)}`;
  return shorten(String(value));
}

function typeName(value: Record<string, unknown>): string {
  try {
    const name: unknown = value.constructor?.name;
    return typeof name === 'string' && name !== '' ? shorten(name) : 'Object';
  } catch {
    return 'Object';
  }
}

/** The beginning of a text of the caller's, such as an address, as long as a message may repeat it. */
export function shorten(text: string): string {
  return text.length > MAX_QUOTE ? `${text.slice(0, MAX_QUOTE)}…` : text;
}
