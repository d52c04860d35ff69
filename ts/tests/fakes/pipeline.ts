import type { Engine, FrameSource, Processed, ProcessOptions } from '../../src/shared/engine-types.js';
import { DEFAULT_MATTING } from '../../src/shared/matting.js';
import type { Timing } from '../../src/shared/metrics.js';
import type { PipelineEvent, PipelineSetup } from '../../src/shared/protocol.js';
import { completeQuality } from '../../src/shared/quality.js';
import { Pipeline } from '../../src/worker/pipeline.js';
import { info, times } from './frames.js';

/** The size of the frames. */
export const SIZE = { width: 1280, height: 720 };

/** An image of {@link SIZE}. */
export function fakeImage(): ImageBitmap {
  return { ...SIZE, close() {} };
}

/** A fake engine that finishes frames at once, without timestamps, as on WebGL. */
export class QuickEngine implements Engine {
  #number = 0;

  async process(_frame?: FrameSource, _options?: Partial<ProcessOptions>): Promise<Processed> {
    this.#number += 1;
    return {
      ...SIZE,
      image: fakeImage(),
      number: this.#number,
      segmented: true,
      cpu: times(1),
      completed: undefined,
      backgroundError: undefined,
    };
  }

  hide = fakeImage;
  info: Engine['info'] = () => ({ ...info, backend: 'webgl', timestamps: false });
  memory = () => ({ wasm: 1, model: undefined });
  gpuTimes: Engine['gpuTimes'] = () => [];
  completed = async () => {};
  maskStatus = async () => undefined;
  lostReason = () => undefined;
  setModel = async () => {};
  setBackground(): void {}
  setMatting(): void {}
  destroy(): void {}
  free(): void {}
}

/** Creates a pipeline that hides failed frames, and records its events. */
export function openPipeline(
  events: PipelineEvent[],
  timing: Timing = 'auto',
  setup: Partial<PipelineSetup> = {},
): Promise<Pipeline> {
  return Pipeline.create(
    {
      choice: 'webgl',
      model: new Uint8Array(),
      background: { kind: 'transparent' },
      display: 'background',
      paused: false,
      matting: DEFAULT_MATTING,
      quality: completeQuality({ quality: 'high' }),
      onFailure: 'hide',
      timing,
      precision: 'auto',
      powerPreference: 'high-performance',
      assetBase: undefined,
      ...setup,
    },
    { notify: (event) => void events.push(event), backgroundFrame: async () => undefined },
  );
}
