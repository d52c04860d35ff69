import { abortable } from '../shared/abortable.js';
import { loadWasmModule } from '../shared/assets.js';
import type { Engine, EngineOptions } from '../shared/engine-types.js';
import { CycloramaError } from '../shared/errors.js';
import type { Backend } from '../shared/thread-support.js';
import { waitAtMost } from '../shared/timeout.js';
import { thrown } from '../shared/validation.js';

/**
 * Starts an engine.
 *
 * @param signal ends the loading of the wasm module; an engine that is being made comes nevertheless
 * @throws {CycloramaError} `unsupported`, `asset`, `integrity`, `model`, `effect` or `gpu`
 */
export async function createEngine(
  backend: Backend,
  model: Uint8Array,
  options: EngineOptions,
  assetBase: URL | undefined,
  signal?: AbortSignal,
): Promise<Engine> {
  // Without this, a worker that has no WebGPU would load the module for it in vain.
  if (backend === 'webgpu' && !navigator.gpu)
    throw new CycloramaError('unsupported', 'there is no WebGPU here');
  const module = await loadWasm(backend, assetBase, signal);
  try {
    if (trapped.has(backend)) renew(backend, module);
    const instance = instances.get(backend) ?? 0;
    const starting: Promise<Engine> = module.Engine.create(model, options).then((engine) => {
      origins.set(engine, { backend, instance });
      return engine;
    });
    return await inTime(starting);
  } catch (cause) {
    throw CycloramaError.from(cause);
  }
}

/** How often each backend's module was instantiated anew, and of which instance an engine is. */
const instances = new Map<Backend, number>();
const origins = new WeakMap<Engine, { backend: Backend; instance: number }>();

/** Whether an engine is one of the module's present instance. */
export function isCurrent(engine: Engine): boolean {
  const { backend, instance } = origins.get(engine) ?? {};
  return backend !== undefined && instance === (instances.get(backend) ?? 0);
}

/** How long an engine may take to start, in milliseconds. A software GPU under load takes half a minute. */
const START_PATIENCE = 120_000;

/** Waits for an engine that may never come: a WebAssembly trap leaves its promise pending, and so does a GPU that hangs. */
async function inTime(starting: Promise<Engine>): Promise<Engine> {
  let stop = () => {};
  const late = new Promise<never>((_, reject) => {
    stop = waitAtMost(START_PATIENCE, () => {
      starting.then((engine) => isCurrent(engine) && engine.destroy()).catch(() => {});
      const seconds = START_PATIENCE / 1000;
      reject(new CycloramaError('internal', `the engine has not started for ${seconds} seconds`));
    });
  });
  try {
    return await Promise.race([starting, late]);
  } finally {
    stop();
  }
}

/** Backends whose instance has trapped and is still to be replaced. */
const trapped = new Set<Backend>();

/**
 * Instantiates the module of an engine anew after a trap, which leaves its memory in an unknown state. Other engines of
 * the same instance are lost with it, and the first to notice does this for all.
 *
 * @throws where there is no memory for another instance: the next {@link createEngine} tries again first
 */
export async function replaceInstance(engine: Engine): Promise<void> {
  const { backend, instance } = origins.get(engine) ?? {};
  if (backend === undefined) return;
  const module = await loads.get(backend)?.module;
  if (!module || instance !== (instances.get(backend) ?? 0)) return;
  trapped.add(backend);
  renew(backend, module);
}

function renew(backend: Backend, module: Wasm): void {
  module.__wbg_reset_state();
  instances.set(backend, (instances.get(backend) ?? 0) + 1);
  trapped.delete(backend);
}

/**
 * Generated, and of no concern to those who use the package.
 *
 * @internal
 */
type Wasm = typeof import('../../wasm/cyclorama_web.js');

/** A module that is there, or on its way, and for whom. */
interface Load {
  readonly module: Promise<Wasm>;
  readonly end: AbortController;
  /** How many calls wait for it. */
  waiting: number;
}

const loads = new Map<Backend, Load>();

/**
 * A backend's wasm module, which a page or worker loads once. The next call repeats a load that
 * failed or that every caller aborted.
 *
 * @throws the signal's reason once that is aborted
 * @internal
 */
export async function loadWasm(
  backend: Backend,
  assetBase: URL | undefined,
  signal?: AbortSignal,
): Promise<Wasm> {
  const load = loads.get(backend) ?? beginLoad(backend, assetBase);
  load.waiting += 1;
  try {
    return await abortable(load.module, signal);
  } catch (cause) {
    if (load.waiting === 1 && loads.get(backend) === load) {
      loads.delete(backend);
      load.end.abort(cause);
    }
    throw cause;
  } finally {
    load.waiting -= 1;
  }
}

function beginLoad(backend: Backend, assetBase: URL | undefined): Load {
  const end = new AbortController();
  const load = { module: instantiate(backend, assetBase, end.signal), end, waiting: 0 };
  loads.set(backend, load);
  return load;
}

async function instantiate(backend: Backend, assetBase: URL | undefined, signal: AbortSignal): Promise<Wasm> {
  // The glue is imported here, not above, so that a server can load this package without it.
  const glue =
    backend === 'webgpu' ? import('../../wasm/cyclorama_web.js') : import('../../wasm/cyclorama_webgl.js');
  const [wasm, module] = await Promise.all([glue, loadWasmModule(backend, assetBase, signal)]);
  try {
    await wasm.default({ module_or_path: module });
  } catch (cause) {
    throw new CycloramaError('asset', `the wasm module for ${backend} does not start: ${thrown(cause)}`, {
      cause,
    });
  }
  return wasm as Wasm;
}
