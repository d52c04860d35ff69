import { guard, invalid, isRecord } from '../shared/validation.js';

/**
 * Copies an adapter's options, so that it can take its own and pass on the rest. Missing options give an
 * empty object.
 *
 * @throws {CycloramaError} `option` if `options` is not an object, or if an option cannot be read
 */
export function copyOptions<Options extends object>(
  options: Options | undefined,
  name = 'options',
): Partial<Options> {
  // Callers in plain JavaScript may pass anything.
  const given: unknown = options === undefined ? {} : options;
  if (!isRecord(given)) throw invalid(name, given, 'an object');
  return guard(name, () => ({ ...options }));
}
