import { guard, invalid, isRecord } from '../shared/validation.js';

/**
 * A copy of what an adapter was given, to take its own options out of and to pass on the others. What is left out is empty.
 *
 * @throws {CycloramaError} `option` where `options` is no object, such as null, or one of them cannot be read
 */
export function copyOptions<Options extends object>(
  options: Options | undefined,
  name = 'options',
): Partial<Options> {
  // Plain JavaScript callers have no compiler to tell them.
  const given: unknown = options === undefined ? {} : options;
  if (!isRecord(given)) throw invalid(name, given, 'an object');
  return guard(name, () => ({ ...options }));
}
