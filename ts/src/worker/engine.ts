import { abortable } from '../shared/abortable.js';
import { loadWasmModule } from '../shared/assets.js';
import type { Engine, EngineOptions } from '../shared/engine-types.js';
import { CycloramaError } from '../shared/errors.js';
import type { Backend } from '../shared/thread-support.js';
import { withTimeout } from '../shared/timeout.js';
import { thrown } from '../shared/validation.js';

/**
 * Starts an engine.
 *
 * @param signal aborts the download of the WebAssembly module; the creation of the engine itself cannot be aborted
 * @throws {CycloramaError} `unsupported`, `asset`, `integrity`, `model`, `effect` or `gpu`
 */
export async function createEngine(
  backend: Backend,
  model: Uint8Array,
  options: EngineOptions,
  assetBase: URL | undefined,
  signal?: AbortSignal,
): Promise<Engine> {
  // Fail before the download: a worker may lack WebGPU although the page supports it.
  if (backend === 'webgpu' && !navigator.gpu) {
    throw new CycloramaError('unsupported', 'WebGPU is not available in this thread');
  }
  const module = await loadWasm(backend, assetBase, signal);
  try {
    if (crashed.has(backend)) reinstantiate(backend, module);
    const instance = instances.get(backend) ?? 0;
    const starting: Promise<Engine> = module.Engine.create(model, options).then((engine) => {
      origins.set(engine, { backend, instance });
      return engine;
    });
    // A WebAssembly crash or a hanging GPU leaves the promise pending.
    return await withTimeout(
      starting,
      START_TIMEOUT,
      `the engine has not started for ${START_TIMEOUT / 1000} seconds`,
      (late) => isCurrent(late) && late.destroy(),
    );
  } catch (cause) {
    throw CycloramaError.from(cause);
  }
}

/** The number of the current instance of each backend's module. */
const instances = new Map<Backend, number>();
/** The backend and the instance of each engine. */
const origins = new WeakMap<Engine, { backend: Backend; instance: number }>();

/** Whether an engine belongs to the current instance of its module. */
export function isCurrent(engine: Engine): boolean {
  const { backend, instance } = origins.get(engine) ?? {};
  return backend !== undefined && instance === (instances.get(backend) ?? 0);
}

/** Timeout of the start of an engine, in milliseconds. An emulated GPU under load takes half a minute. */
const START_TIMEOUT = 120_000;

/** Backends whose instance has crashed and is not replaced yet. */
const crashed = new Set<Backend>();

/**
 * Replaces the instance of an engine's module after a WebAssembly crash, which leaves the memory in an unknown state. All engines of
 * the instance are lost. Does nothing if the failure of another engine has already replaced the instance.
 *
 * @throws if memory is insufficient for another instance; the next {@link createEngine} retries
 */
export async function replaceInstance(engine: Engine): Promise<void> {
  const { backend, instance } = origins.get(engine) ?? {};
  if (backend === undefined) return;
  const module = await loads.get(backend)?.module;
  if (!module || instance !== (instances.get(backend) ?? 0)) return;
  crashed.add(backend);
  reinstantiate(backend, module);
}

function reinstantiate(backend: Backend, module: Wasm): void {
  module.__wbg_reset_state();
  instances.set(backend, (instances.get(backend) ?? 0) + 1);
  crashed.delete(backend);
}

/**
 * The generated bindings of a WebAssembly module. `initSync` returns the module's functions, which differ.
 *
 * @internal
 */
type Wasm = Omit<typeof import('../../wasm/cyclorama_web.js'), 'default' | 'initSync'> & {
  default(options: { module_or_path: WebAssembly.Module }): Promise<unknown>;
};

/** The download of a module. */
interface Load {
  readonly module: Promise<Wasm>;
  readonly end: AbortController;
  /** Number of pending calls. */
  waiting: number;
}

const loads = new Map<Backend, Load>();

/**
 * Loads a backend's WebAssembly module once per page or worker. Retries a download that failed, or that all callers aborted.
 *
 * @throws the signal's reason if it aborts
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
  const [wasm, module] = await Promise.all([
    importBindings(backend),
    loadWasmModule(backend, assetBase, signal),
  ]);
  try {
    await wasm.default({ module_or_path: module });
  } catch (cause) {
    throw new CycloramaError(
      'asset',
      `the WebAssembly module for ${backend} could not be instantiated: ${thrown(cause)}`,
      {
        cause,
      },
    );
  }
  return wasm;
}

/** Imports dynamically, so that a server can import the package without the bindings, and a page loads only what it uses. */
function importBindings(backend: Backend): Promise<Wasm> {
  // Bundlers detect only literal file names.
  switch (backend) {
    case 'webgpu':
      return import('../../wasm/cyclorama_web.js');
    case 'webgl':
      return import('../../wasm/cyclorama_webgl.js');
    case 'cpu':
      return import('../../wasm/cyclorama_cpu.js');
  }
}
