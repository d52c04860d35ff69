import { vi } from 'vitest';
import type { Backend, BackendChoice } from '../../../../ts/src/index.js';

/** A class of the SDK, with the options of its `create`. */
interface Creatable<Options> {
  create(options?: Options): Promise<unknown>;
}

/**
 * Makes instances whose options name no backend run on this one, until `vi.restoreAllMocks`. Their frames keep their size at any speed of
 * the machine.
 */
export function chooseBackend<Options extends { backend?: BackendChoice; quality?: unknown }>(
  type: Creatable<Options>,
  backend: Backend,
): void {
  const { create } = type;
  vi.spyOn(type, 'create').mockImplementation((options) =>
    create.call(type, { quality: 'high', ...options, backend: options?.backend ?? backend } as Options),
  );
}
