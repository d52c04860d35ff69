/** A fake worker that runs the pipeline in the same thread, and can be lost. */
import type { PipelineHost } from '../../src/page/pipeline-host.js';
import { abortable } from '../../src/shared/abortable.js';
import type { Background } from '../../src/shared/background.js';
import { CycloramaError } from '../../src/shared/errors.js';
import type { PipelineClient, PipelineService, PipelineSetup } from '../../src/shared/protocol.js';
import type { Pipeline } from '../../src/worker/pipeline.js';
import { FakeBitmap, FakeFrame, shownBy } from './fakes.js';
import { page, Realm, realms, World } from './world.js';

/** An in-process worker: its pictures are copies of the page's, and are gone with it. */
export async function openFakeWorker(
  PipelineClass: typeof Pipeline,
  setup: PipelineSetup,
  front: PipelineClient,
  signal: AbortSignal | undefined,
): Promise<PipelineHost> {
  const world = World.current;
  const realm = new Realm();
  const inside = <Result>(work: () => Result) => realms.run(realm, work);
  let reject = (_: unknown) => {};
  const lost = new Promise<never>((_, no) => {
    reject = no;
  });
  lost.catch(() => {});
  const waiting = new Set<(cause: unknown) => void>();
  const end = () => {
    realm.alive = false;
    for (const [it, where] of world.open) if (where === realm) world.open.delete(it);
    for (const [it, where] of world.engines) if (where === realm) world.engines.delete(it);
  };
  const lose = () => {
    if (!realm.alive) return;
    end();
    const cause = new CycloramaError('worker', 'the worker has ended');
    reject(cause);
    for (const give of waiting) give(cause);
  };
  const guard: PipelineHost['guard'] = (call) =>
    new Promise((resolve, no) => {
      if (!realm.alive) return no(new CycloramaError('worker', 'the worker has ended'));
      waiting.add(no);
      call.then(resolve, no).finally(() => waiting.delete(no));
    });
  const seen: PipelineClient = {
    tell: (news) => realms.run(page, () => realm.alive && front.tell(news)),
    picture: async (again) => {
      const picture = await realms.run(page, () => front.picture(again));
      if (picture) world.move(picture as unknown as FakeFrame, realm);
      return picture;
    },
  };
  const start = async () => {
    await world.turn('worker');
    world.fail('worker', 'worker');
    return inside(() => PipelineClass.create(copied(setup), seen));
  };
  // A worker that is not waited for any longer is terminated.
  const pipeline = await abortable(start(), signal).catch((cause) => {
    end();
    throw cause;
  });
  // Messages come in the order that they are sent, each way.
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
  world.stages.push({ lose });
  return {
    pipeline: service,
    lost,
    guard,
    close: async () => {
      if (realm.alive) await Promise.race([pipeline.destroy(), lost]).catch(() => {});
      end();
      for (const give of waiting) give(new CycloramaError('worker', 'the worker was closed'));
    },
  };
}

function isOutput(value: unknown): value is { image: FakeBitmap } {
  return typeof value === 'object' && value !== null && 'image' in value;
}

/** As structured cloning copies pictures, in the realm that this runs in. */
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
    const picture = new FakeFrame(shownBy(background)) as unknown as VideoFrame;
    return { ...background, picture };
  }
  return background;
}
