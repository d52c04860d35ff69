/** Whether `support()` says what `create()` does, also where a part of the browser is missing. */
import { type Backend, CycloramaError, VirtualBackground } from 'cyclorama';
import { takeWebGlAway } from './without-webgl.ts';

/** What the page is without. */
export type Lack = 'nothing' | 'an adapter' | 'WebGL2 on the page' | 'WebGL2 in workers';

/** What frames run on. */
export interface Start {
  backend: Backend | 'unsupported';
  worker: boolean;
}

/** What `support()` says. */
export async function support(lack: Lack): Promise<Start> {
  takeAway(lack);
  const { backend, worker } = await VirtualBackground.support();
  return backend ? { backend, worker } : { backend: 'unsupported', worker: false };
}

/** What `create()` does. */
export async function start(lack: Lack): Promise<Start> {
  takeAway(lack);
  const workers = countWorkers();
  try {
    const background = await VirtualBackground.create();
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
        // Vite finds a worker by these very words.
        construct: () =>
          new Worker(new URL('./worker-without-webgl.ts', import.meta.url), { type: 'module' }),
      });
    }
  }
}

/** How many of the workers that start from now on have not been ended. */
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
