import { CycloramaError } from './errors.js';

/** Maximum length of a caller's value or URL in a message, in characters. */
const MAX_QUOTE = 80;

/** Creates the error for an invalid option. */
export function invalid(option: string, value: unknown, expected: string): CycloramaError {
  return new CycloramaError('option', `${option} is ${describe(value)}: it must be ${expected}`);
}

/** Lists the valid values of an option. */
export function oneOf(values: readonly string[]): string {
  return `one of ${values.map((value) => `"${value}"`).join(', ')}`;
}

/** @throws {CycloramaError} `option` if `value` is not one of the choices */
export function checkChoice(option: string, value: unknown, choices: readonly string[]): void {
  if (!choices.some((choice) => choice === value)) throw invalid(option, value, oneOf(choices));
}

/** @throws {CycloramaError} `option` if `value` is not a boolean */
export function checkFlag(option: string, value: unknown): void {
  if (typeof value !== 'boolean') throw invalid(option, value, 'true or false');
}

/** @throws {CycloramaError} `option` if `value` is not a number from 0 to 1 */
export function checkFraction(option: string, value: unknown): void {
  if (!(typeof value === 'number' && value >= 0 && value <= 1)) {
    throw invalid(option, value, 'a number in [0, 1]');
  }
}

/**
 * Copies properties of a caller's object. Reads each one only once, so that checked values cannot change. A getter may return another
 * value at the next read, and the caller may change the object.
 *
 * @param path prefix of property names in messages, such as `effect.`
 * @throws {CycloramaError} `option`, with the name of the property, if a getter throws
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
 * Copies the options of a call with {@link take}. Returns an empty object for a call without options.
 *
 * @throws {CycloramaError} `option` if `options` is not an object, such as null, or an option cannot be read
 */
export function takeOptions<T extends object, Name extends keyof T & string>(
  options: T | undefined,
  names: readonly Name[],
): Pick<T, Name> {
  // JavaScript callers have no type checks.
  const given: unknown = options === undefined ? {} : options;
  if (!isRecord(given)) throw invalid('options', given, 'an object');
  return take(given as T, names);
}

/**
 * Checks a value of unknown type, such as a proxy that throws on each access.
 *
 * @throws {CycloramaError} `option`, with the name `option`, in place of any other error
 */
export function guard<Result>(option: string, check: () => Result): Result {
  try {
    return check();
  } catch (cause) {
    if (isCycloramaError(cause)) throw cause;
    throw new CycloramaError('option', `${option} cannot be read: ${thrown(cause)}`, { cause });
  }
}

function isCycloramaError(cause: unknown): cause is CycloramaError {
  try {
    return cause instanceof CycloramaError;
  } catch {
    return false;
  }
}

/** The message of a caught value, at most 80 characters. */
export function thrown(cause: unknown): string {
  try {
    return shorten(String(isRecord(cause) && 'message' in cause ? cause.message : cause));
  } catch {
    return 'its message cannot be read';
  }
}

/** Whether a value is an object with properties. */
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

/** Shortens a caller's text, such as a URL, for a message. */
export function shorten(text: string): string {
  return text.length > MAX_QUOTE ? `${text.slice(0, MAX_QUOTE)}…` : text;
}
