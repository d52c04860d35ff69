import type { PipelineHost } from '../../src/page/pipeline-host.js';
import { abortable } from '../../src/shared/abortable.js';
import type { Background } from '../../src/shared/background.js';
import { CycloramaError } from '../../src/shared/errors.js';
import type { PipelineClient, PipelineService, PipelineSetup } from '../../src/shared/protocol.js';
import type { Pipeline } from '../../src/worker/pipeline.js';
import { FakeBitmap, FakeFrame, shownBy } from './fakes.js';
import { page, Realm, realms, World } from './world.js';

/** Opens a fake worker in the same process, which tests can lose. Messages copy images, and its resources are lost with it. */
export async function openFakeWorker(
  PipelineClass: typeof Pipeline,
  setup: PipelineSetup,
  client: PipelineClient,
  signal: AbortSignal | undefined,
): Promise<PipelineHost> {
  const world = World.current;
  const realm = new Realm();
  const inside = <Result>(work: () => Result) => realms.run(realm, work);
  let rejectLost = (_: unknown) => {};
  const lost = new Promise<never>((_, reject) => {
    rejectLost = reject;
  });
  lost.catch(() => {});
  const pending = new Set<(cause: unknown) => void>();
  const end = () => {
    realm.alive = false;
    for (const [it, where] of world.open) if (where === realm) world.open.delete(it);
    for (const [it, where] of world.engines) if (where === realm) world.engines.delete(it);
  };
  const lose = () => {
    if (!realm.alive) return;
    end();
    const cause = new CycloramaError('worker', 'the worker has ended');
    rejectLost(cause);
    for (const reject of pending) reject(cause);
  };
  const guard: PipelineHost['guard'] = (call) =>
    new Promise((resolve, reject) => {
      if (!realm.alive) return reject(new CycloramaError('worker', 'the worker has ended'));
      pending.add(reject);
      call.then(resolve, reject).finally(() => pending.delete(reject));
    });
  const remoteClient: PipelineClient = {
    notify: (event) => realms.run(page, () => realm.alive && client.notify(event)),
    backgroundFrame: async (again) => {
      const frame = await realms.run(page, () => client.backgroundFrame(again));
      if (frame) world.move(frame as unknown as FakeFrame, realm);
      return frame;
    },
  };
  const start = async () => {
    await world.turn('worker');
    world.fail('worker', 'worker');
    return inside(() => PipelineClass.create(copied(setup), remoteClient));
  };
  // An aborted start terminates the worker.
  const pipeline = await abortable(start(), signal).catch((cause) => {
    end();
    throw cause;
  });
  // Messages arrive in the order in which they were sent, in each direction.
  const [post, reply] = [0, 1].map(() => {
    let last: Promise<unknown> = Promise.resolve();
    return (what: string) => {
      last = last.then(() => inside(() => world.turn(what)));
      return last;
    };
  }) as [(what: string) => Promise<unknown>, (what: string) => Promise<unknown>];
  const service = new Proxy(pipeline, {
    get: (target, name: keyof PipelineService) => {
      const method = target[name] as (...given: unknown[]) => Promise<unknown>;
      return (...given: unknown[]) => {
        const [first] = given;
        if (first instanceof FakeFrame) world.move(first, realm);
        const arrival = post(`message ${name}`);
        return inside(async () => {
          await arrival;
          try {
            const result = await Reflect.apply(method, target, given.map(copied));
            await reply(`answer ${name}`);
            if (isOutput(result)) world.move(result.image, page);
            return result;
          } finally {
            if (first instanceof FakeFrame) first.close();
          }
        });
      };
    },
  }) as unknown as PipelineService;
  world.workers.push({ lose });
  return {
    pipeline: service,
    lost,
    guard,
    close: async () => {
      if (realm.alive) await Promise.race([service.destroy(), lost]).catch(() => {});
      end();
      for (const reject of pending) reject(new CycloramaError('worker', 'the worker was closed'));
    },
  };
}

function isOutput(value: unknown): value is { image: FakeBitmap } {
  return typeof value === 'object' && value !== null && 'image' in value;
}

/** Copies the images of a message, as structured cloning does, in the current thread. */
function copied<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || !('background' in value)) return value;
  return { ...value, background: copyOf(value.background as Background | undefined) };
}

function copyOf(background: Background | undefined): Background | undefined {
  if (background?.kind === 'image') {
    const image = new FakeBitmap(shownBy(background)) as unknown as ImageBitmap;
    return { ...background, image };
  }
  if (background?.kind === 'video') {
    const image = new FakeFrame(shownBy(background)) as unknown as VideoFrame;
    return { ...background, image };
  }
  return background;
}
