import { guard, invalid, isRecord } from '../shared/validation.js';

/**
 * Copies an adapter's options, so that it can take its own and pass on the rest. Returns an empty object for
 * missing options.
 *
 * @throws {CycloramaError} `option` if `options` is not an object, or if an option cannot be read
 */
export function copyOptions<Options extends object>(
  options: Options | undefined,
  name = 'options',
): Partial<Options> {
  // JavaScript callers have no type checks.
  const given: unknown = options === undefined ? {} : options;
  if (!isRecord(given)) throw invalid(name, given, 'an object');
  return guard(name, () => ({ ...options }));
}
