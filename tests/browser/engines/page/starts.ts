/** Whether `support()` reports what `create()` does, also if a part of the browser is missing. */
import { type Backend, type BackendChoice, CycloramaError, VirtualBackground } from 'cyclorama';
import { takeWebGlAway } from './without-webgl.ts';

/** What the browser lacks. */
export type Lack = 'nothing' | 'an adapter' | 'WebGL2 on the page' | 'WebGL2 in workers';

/** Where frames are processed. */
export interface Start {
  backend: Backend | 'unsupported';
  worker: boolean;
}

/** What `support()` reports. */
export async function support(lack: Lack, choice: BackendChoice): Promise<Start> {
  takeAway(lack);
  const { backend, worker } = await VirtualBackground.support({ backend: choice });
  return backend ? { backend, worker } : { backend: 'unsupported', worker: false };
}

/** What `create()` does. */
export async function start(lack: Lack, choice: BackendChoice): Promise<Start> {
  takeAway(lack);
  const workers = countWorkers();
  try {
    const background = await VirtualBackground.create({ backend: choice });
    const { backend } = background;
    const worker = workers() > 0;
    await background.destroy();
    return { backend, worker };
  } catch (cause) {
    if (cause instanceof CycloramaError && cause.code === 'unsupported') {
      return { backend: 'unsupported', worker: false };
    }
    throw cause;
  }
}

function takeAway(lack: Lack): void {
  switch (lack) {
    case 'nothing':
      return;
    case 'an adapter':
      Object.defineProperty(Navigator.prototype, 'gpu', { value: null, configurable: true });
      return;
    case 'WebGL2 on the page':
      takeWebGlAway();
      return;
    case 'WebGL2 in workers': {
      const { Worker } = globalThis;
      globalThis.Worker = new Proxy(Worker, {
        // Vite finds a worker by exactly this expression.
        construct: () =>
          new Worker(new URL('./worker-without-webgl.ts', import.meta.url), { type: 'module' }),
      });
    }
  }
}

/** Counts the workers that start from now on and are not terminated. */
function countWorkers(): () => number {
  let count = 0;
  globalThis.Worker = new Proxy(globalThis.Worker, {
    construct(target, args) {
      const worker: Worker = Reflect.construct(target, args);
      const { terminate } = worker;
      worker.terminate = () => {
        count -= 1;
        terminate.call(worker);
      };
      count += 1;
      return worker;
    },
  });
  return () => count;
}
