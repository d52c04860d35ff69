/**
 * The worker that frames are made in, unless the page wants none.
 *
 * @module
 */

import { expose, proxy, transfer } from 'comlink';
import { CycloramaError } from '../shared/errors.js';
import { isImageBitmap, isMediaStreamTrack, isVideoFrame } from '../shared/platform-objects.js';
import type { WorkerApi } from '../shared/protocol.js';
import { findThreadSupport, releaseWebGl } from '../shared/thread-support.js';
import { isRecord } from '../shared/validation.js';
import { Pipeline } from './pipeline.js';
import { PhotoPipeline } from './stills/photo-pipeline.js';

const open: WorkerApi['open'] = async (setup, front) => {
  try {
    return proxy(carried(await Pipeline.create(setup, front)));
  } catch (cause) {
    throw plain(cause);
  }
};

const openStills: WorkerApi['openStills'] = async (setup) => {
  try {
    return proxy(carried(await PhotoPipeline.create(setup)));
  } catch (cause) {
    throw plain(cause);
  }
};

const support: WorkerApi['support'] = async (choice) => {
  const found = await findThreadSupport(choice);
  releaseWebGl();
  return found;
};

expose({ hold, support, open, openStills } satisfies WorkerApi);

/** Resolves when the lock is held, for good. Browsers have locks for secure pages alone. */
async function hold(lock: string): Promise<void> {
  await new Promise<void>((resolve) => {
    if (!navigator.locks) return resolve();
    navigator.locks
      .request(lock, () => {
        resolve();
        return new Promise(() => {});
      })
      // Where the page may store nothing there are none either.
      .catch(() => resolve());
  });
}

/** The same with frames that came by transfer, results that go so, and errors that keep their code on the way. */
function carried<Work extends object>(work: Work): Work {
  return new Proxy(work, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      return async (...args: unknown[]) => {
        try {
          return handOver(await method.apply(target, args));
        } catch (cause) {
          throw plain(cause);
        } finally {
          const [frame] = args;
          if (isVideoFrame(frame) || isImageBitmap(frame)) frame.close();
        }
      };
    },
  });
}

function handOver(result: unknown): unknown {
  if (isRecord(result)) {
    const pictures = Object.values(result).filter(isImageBitmap);
    if (pictures.length > 0) return transfer(result, pictures);
  }
  // Only browsers that can transfer tracks have them here.
  if (isMediaStreamTrack(result)) {
    return transfer(result, [result as unknown as Transferable]);
  }
  return result;
}

/** An error as structured cloning leaves it whole. */
function plain(cause: unknown): Pick<CycloramaError, 'code' | 'message'> {
  const { code, message } = CycloramaError.from(cause);
  return { code, message };
}
