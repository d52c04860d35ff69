/**
 * The entry point of the worker that processes frames, unless the option `worker` is `false`.
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

const open: WorkerApi['open'] = async (setup, client) => {
  try {
    return proxy(transferring(await Pipeline.create(setup, client)));
  } catch (cause) {
    throw serialize(cause);
  }
};

const openStills: WorkerApi['openStills'] = async (setup) => {
  try {
    return proxy(transferring(await PhotoPipeline.create(setup)));
  } catch (cause) {
    throw serialize(cause);
  }
};

const support: WorkerApi['support'] = async (choice) => {
  const found = await findThreadSupport(choice);
  releaseWebGl();
  return found;
};

expose({ hold, support, open, openStills } satisfies WorkerApi);

/** Resolves when the worker holds the lock, which it never releases. Browsers offer locks only in secure contexts. */
async function hold(lock: string): Promise<void> {
  await new Promise<void>((resolve) => {
    if (!navigator.locks) return resolve();
    navigator.locks
      .request(lock, () => {
        resolve();
        return new Promise(() => {});
      })
      // Fails if the page has no access to storage.
      .catch(() => resolve());
  });
}

/** Wraps a service: closes transferred frames, transfers images and tracks in results, and keeps the codes of errors. */
function transferring<Service extends object>(service: Service): Service {
  return new Proxy(service, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      return async (...args: unknown[]) => {
        try {
          return transferResult(await method.apply(target, args));
        } catch (cause) {
          throw serialize(cause);
        } finally {
          const [frame] = args;
          if (isVideoFrame(frame) || isImageBitmap(frame)) frame.close();
        }
      };
    },
  });
}

function transferResult(result: unknown): unknown {
  if (isRecord(result)) {
    const images = Object.values(result).filter((value) => isImageBitmap(value) || isVideoFrame(value));
    if (images.length > 0) return transfer(result, images);
  }
  // Workers have tracks only in browsers that can transfer them.
  if (isMediaStreamTrack(result)) {
    return transfer(result, [result as unknown as Transferable]);
  }
  return result;
}

/** Converts an error to an object that structured cloning keeps complete. */
function serialize(cause: unknown): Pick<CycloramaError, 'code' | 'message'> {
  const { code, message } = CycloramaError.from(cause);
  return { code, message };
}
