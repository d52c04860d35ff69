/** Loads the module under test with mocks of everything that needs a browser. */
import { vi } from 'vitest';
import type { ProcessedTrack } from '../../src/page/tracks/process-track.js';
import type { Background } from '../../src/shared/background.js';
import type { ParsedEffect } from '../../src/shared/effect.js';
import type { PipelineClient, PipelineSetup } from '../../src/shared/protocol.js';
import type { Pipeline as PipelineClass } from '../../src/worker/pipeline.js';
import { FakeBitmap, FakeEngine, type FakeFrame, FakeTrack, FakeVideo, stubMedia } from './fakes.js';
import { openFakeWorker } from './worker.js';
import { here, World } from './world.js';

let Pipeline: typeof PipelineClass;

/** Loads the module under test. A static import would load it before the mocks are in place. */
export async function loadSubject() {
  const [pipeline, page] = await Promise.all([
    import('../../src/worker/pipeline.js'),
    import('../../src/page/virtual-background.js'),
  ]);
  Pipeline = pipeline.Pipeline;
  stubMedia();
  return { VirtualBackground: page.VirtualBackground };
}

vi.mock('../../src/worker/engine.js', () => ({
  isCurrent: (engine: FakeEngine) => World.current.engines.has(engine),
  replaceInstance: async (engine: FakeEngine) => {
    await World.current.turn('replaceInstance');
    // The old engine is never used again, even after a failure.
    World.current.engines.delete(engine);
    if (World.current.consume('replaceInstance')) throw new RangeError('out of memory');
  },
  createEngine: async (_: string, model: Uint8Array, { background }: { background: Background }) => {
    await World.current.turn('createEngine');
    World.current.fail('createEngine', 'gpu');
    const engine = new FakeEngine(model, background);
    World.current.engines.set(engine, here());
    return engine;
  },
}));

vi.mock('../../src/shared/thread-support.js', async (original) => ({
  ...(await original<typeof import('../../src/shared/thread-support.js')>()),
  assertBrowser: () => {},
  requireBackends: async () => ['webgl'],
}));

vi.mock('../../src/page/pipeline-host.js', async (original) => ({
  ...(await original<typeof import('../../src/page/pipeline-host.js')>()),
  openWorker: (setup: PipelineSetup, client: PipelineClient, signal: AbortSignal | undefined) =>
    openFakeWorker(Pipeline, setup, client, signal),
}));

vi.mock('../../src/worker/downscaler.js', () => ({
  Downscaler: class {
    scale = (frame: FakeFrame) => frame;
  },
}));

vi.mock('../../src/shared/placeholder.js', () => ({ placeholderImage: () => new FakeBitmap('hidden') }));

vi.mock('../../src/shared/assets.js', async (original) => ({
  ...(await original<typeof import('../../src/shared/assets.js')>()),
  loadModel: async (model: string, _: unknown, signal: AbortSignal | undefined) => {
    await World.current.turn('loadModel');
    signal?.throwIfAborted();
    World.current.fail('model', 'asset');
    return new TextEncoder().encode(model);
  },
}));

vi.mock('../../src/page/load-effect.js', async (original) => ({
  ...(await original<typeof import('../../src/page/load-effect.js')>()),
  loadEffect: async (effect: ParsedEffect, signal: AbortSignal | undefined) => {
    if (effect.kind === 'none') return { background: undefined };
    await World.current.turn('loadEffect');
    signal?.throwIfAborted();
    World.current.fail('effect', 'asset');
    if (effect.kind === 'blur') return { background: effect };
    const name = String((effect as { source: unknown }).source);
    if (effect.kind === 'image') return { background: { kind: 'image', image: new FakeBitmap(name) } };
    const video = new FakeVideo(name);
    return { background: { kind: 'video', image: video.frame() }, video };
  },
}));

vi.mock('../../src/page/tracks/process-track.js', () => ({
  processTrack: async (): Promise<ProcessedTrack> => {
    await World.current.turn('processTrack');
    const output = new FakeTrack();
    World.current.tracks.push(output);
    const end = () => output.stop();
    const outputTrack = output as unknown as MediaStreamTrack;
    return {
      output: outputTrack,
      get isEnabled() {
        return output.enabled;
      },
      take: async () => World.current.turn('take'),
      loseWorker: end,
      end,
    };
  },
}));
