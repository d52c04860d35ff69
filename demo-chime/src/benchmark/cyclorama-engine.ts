import {
  type Backend,
  type FrameSample,
  type OutputFrame,
  type Refinement,
  VirtualBackground,
} from 'cyclorama';
import { version } from '../../../ts/package.json';
import type {
  BenchmarkEngine,
  BenchmarkModel,
  Candidate,
  FrameTimings,
  Mask,
  PreparedFrame,
  Variant,
} from './engines';
import { alphaChannelOf } from './mask-image';
import { type BackendName, MIN_THROUGHPUT_FRAMES, type Offers, offered, type Settings } from './settings';
import { rateOf } from './statistics';

export { version };

/** Frames in flight during a throughput test: one in process, one in the queue, one on its way in or out. */
const IN_FLIGHT = 3;

/** The timeout for the timings of the last frames, in milliseconds. They arrive once a second. */
const SETTLE_TIMEOUT = 4_000;

/** Cyclorama's own candidates for the chosen settings. */
export function cycloramaCandidates(
  settings: Settings,
  models: readonly BenchmarkModel[],
  offers: Offers,
): Candidate[] {
  const variants = settings.sizes.flatMap((input) =>
    settings.refinements.map((refinement): Variant => ({ refinement, input })),
  );
  return models.flatMap((model) =>
    offered(settings.backends, offers).map((name) => candidate(model, name, variants, settings)),
  );
}

/** One model in Cyclorama on one backend. */
export function candidate(
  model: BenchmarkModel,
  name: BackendName,
  variants: Variant[],
  { timing, worker }: Pick<Settings, 'timing' | 'worker'>,
): Candidate {
  const backend = name === 'webgl' || name === 'cpu' ? name : 'webgpu';
  const precision = name === 'webgpu-f16' ? 'f16' : 'f32';
  return {
    system: 'cyclorama',
    version,
    model,
    backend,
    precision,
    variants,
    open: async (signal) =>
      CycloramaEngine.open({ model: await model.bytes(signal), backend, precision, timing, worker, signal }),
  };
}

interface Opening {
  model: ArrayBuffer;
  backend: Backend;
  precision: 'f32' | 'f16';
  timing: Settings['timing'];
  worker: boolean;
  signal: AbortSignal;
}

/** A single frame whose sample has not arrived. */
interface Waiting {
  variant: Variant;
  /** When it was processed, by the clock that all threads share. */
  from: number;
  to: number;
  /** Its start and its duration, by the page's own clock. */
  at: number;
  stopwatch: number;
}

/**
 * Cyclorama with one model, measured through its public API: processed frames and metrics samples.
 *
 * Without GPU timestamps, the engine waits for each stage of the GPU to measure it, which makes whole frames slower. The benchmark then
 * uses two backgrounds: `staged` for the stages, and `whole` for everything else.
 */
class CycloramaEngine implements BenchmarkEngine {
  readonly modelSize: readonly [number, number];
  readonly adapter: NonNullable<BenchmarkEngine['adapter']>;
  readonly #backend: Backend;
  readonly #whole: VirtualBackground;
  readonly #staged: VirtualBackground;
  readonly #listening = new AbortController();
  #variant: Variant | undefined;
  #transparent = false;
  /** Frames without a sample, by background. */
  readonly #waiting = new Map<VirtualBackground, Waiting[]>();
  /** Samples that have arrived. */
  readonly #samples = new Map<VirtualBackground, FrameSample[]>();
  #collected: { variant: Variant; timings: FrameTimings }[] = [];
  /** The last error of a frame. */
  #failure: string | undefined;

  static async open({
    model,
    backend,
    precision,
    timing,
    worker,
    signal,
  }: Opening): Promise<CycloramaEngine> {
    const create = (timed: Settings['timing']) =>
      VirtualBackground.create({
        model,
        backend,
        precision: precision === 'f32' ? 'f32' : 'auto',
        timing: timed,
        worker,
        quality: 'high',
        signal,
      });
    const whole = await create(timing);
    try {
      const { model: loaded, adapter, fallbackAdapter, timestamps, precision: found } = await whole.metrics();
      if (found !== precision)
        throw new Error(
          'the weights are stored as float32: the adapter has no shader-f16, or float16 would change the result',
        );
      const waits = timing === 'every' && !timestamps && backend !== 'cpu';
      const staged = waits ? await create('completed') : whole;
      return new CycloramaEngine(backend, whole, staged, [loaded.width, loaded.height], {
        name: adapter,
        software: fallbackAdapter,
        timestamps,
      });
    } catch (error) {
      await whole.destroy();
      throw error;
    }
  }

  private constructor(
    backend: Backend,
    whole: VirtualBackground,
    staged: VirtualBackground,
    modelSize: readonly [number, number],
    adapter: NonNullable<BenchmarkEngine['adapter']>,
  ) {
    this.#backend = backend;
    this.#whole = whole;
    this.#staged = staged;
    this.modelSize = modelSize;
    this.adapter = adapter;
    for (const background of this.#backgrounds) {
      const { signal } = this.#listening;
      const samples: FrameSample[] = [];
      this.#waiting.set(background, []);
      this.#samples.set(background, samples);
      background.addEventListener('metrics', ({ detail }) => samples.push(...detail.samples), { signal });
      background.addEventListener(
        'error',
        ({ detail }) => {
          this.#failure = detail.message;
        },
        { signal },
      );
    }
  }

  get #backgrounds(): VirtualBackground[] {
    return [...new Set([this.#whole, this.#staged])];
  }

  async set(variant: Variant): Promise<void> {
    this.#variant = variant;
    const { refinement } = variant;
    for (const background of this.#backgrounds)
      await background.setMatting({ refinement, temporalSmoothing: true });
  }

  async warm(frame: PreparedFrame): Promise<void> {
    for (const background of this.#backgrounds) (await this.#process(background, frame)).image.close();
  }

  async single(frame: PreparedFrame): Promise<void> {
    const variant = this.#variant;
    if (!variant) throw new Error('no variant was selected');
    for (const background of this.#backgrounds) {
      const from = epoch();
      const start = performance.now();
      const output = await this.#process(background, frame);
      readPixel(output.image);
      const done = performance.now();
      // The second read waits for nothing, so its duration is the cost of reading alone.
      readPixel(output.image);
      const stopwatch = done - start - (performance.now() - done);
      output.image.close();
      this.#waiting.get(background)?.push({ variant, from, to: epoch(), at: start, stopwatch });
    }
  }

  async throughput(frames: readonly PreparedFrame[], seconds: number, signal: AbortSignal): Promise<number> {
    const start = performance.now();
    const out: number[] = [];
    let submitted = 0;
    const lane = async () => {
      while (performance.now() - start < seconds * 1000 || submitted < MIN_THROUGHPUT_FRAMES) {
        const frame = frames[submitted % frames.length];
        submitted += 1;
        if (!frame) throw new Error('there are no frames');
        (await this.#process(this.#whole, frame)).image.close();
        signal.throwIfAborted();
        out.push(performance.now());
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
    return rateOf(out, IN_FLIGHT);
  }

  collect(): { variant: Variant; timings: FrameTimings }[] {
    for (const background of this.#backgrounds) this.#match(background);
    const collected = this.#collected;
    this.#collected = [];
    return collected;
  }

  /** Samples arrive only while frames are processed, so this processes more frames. */
  async settle(frame: PreparedFrame): Promise<void> {
    const end = performance.now() + SETTLE_TIMEOUT;
    const expected = () => {
      for (const background of this.#backgrounds) this.#match(background);
      return [...this.#waiting.values()].some(({ length }) => length > 0);
    };
    while (expected() && performance.now() < end) {
      await this.warm(frame);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async segment(frame: PreparedFrame): Promise<{ mask: Mask; person: ImageBitmap }> {
    if (!this.#transparent) {
      this.#transparent = true;
      await this.#whole.setEffect({ kind: 'transparent' });
    }
    // The frames are not consecutive, so temporal smoothing must not mix them.
    await this.#whole.setMatting({ refinement: this.#refinement, temporalSmoothing: false });
    const { image } = await this.#process(this.#whole, frame);
    return { mask: alphaOf(image), person: image };
  }

  async close(): Promise<void> {
    this.#listening.abort();
    await Promise.all(this.#backgrounds.map((background) => background.destroy()));
  }

  get #refinement(): Refinement {
    return this.#variant?.refinement ?? 'guided';
  }

  /** @throws {Error} if the output is a placeholder frame, which must not be measured */
  async #process(background: VirtualBackground, frame: PreparedFrame): Promise<OutputFrame> {
    const output = await background.processFrame(frame, { frameRate: 30 });
    if (output.outcome === 'processed') return output;
    output.image.close();
    // The error event arrives separately.
    await new Promise((resolve) => setTimeout(resolve, 100));
    throw new Error(this.#failure ?? 'the output was a placeholder frame, without a reported error');
  }

  /** Matches samples with single frames, by their time: the other frames have samples too. */
  #match(background: VirtualBackground): void {
    const waiting = this.#waiting.get(background) ?? [];
    for (const sample of this.#samples.get(background)?.splice(0) ?? []) {
      const index = waiting.findIndex(({ from, to }) => sample.time >= from && sample.time <= to);
      const found = waiting[index];
      if (!found) continue;
      // Samples arrive in order, so no samples of earlier frames will follow.
      waiting.splice(0, index + 1);
      const timings: FrameTimings = background === this.#staged ? stagesOf(sample, this.#backend) : {};
      if (background === this.#whole && sample.frame !== undefined) {
        // Both values are of the same frames. The engine leaves out frames that the measurement made slow.
        timings.frame = [sample.frame, 'completed'];
        timings.stopwatch = found.stopwatch;
        timings.at = found.at;
      }
      this.#collected.push({ variant: found.variant, timings });
    }
  }
}

/** The stages of a sample, and their ranges by the clock that covers their work: on the backend `cpu`, the thread's own. */
function stagesOf({ cpu, gpu, gpuClock }: FrameSample, backend: Backend): FrameTimings {
  const stages = { cpu, ...(gpu && gpuClock && { gpu, gpuClock }) };
  const [main, clock] = backend === 'cpu' ? ([cpu, 'cpu'] as const) : [gpu, gpuClock];
  if (!main || !clock) return stages;
  const { preprocess, inference } = main;
  return {
    ...stages,
    ...(inference !== undefined && { inference: [inference, clock] }),
    ...(preprocess !== undefined &&
      inference !== undefined && { segmentation: [preprocess + inference, clock] }),
  };
}

/** The current time, by the clock that the page and its workers share. */
const epoch = () => performance.timeOrigin + performance.now();

// Set explicitly: by default, Chromium moves a canvas that is read often to the CPU, and then whole images with it.
const pixel = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: false });

/** Waits until the GPU has finished an image. A page can detect this only by reading a pixel. */
function readPixel(image: ImageBitmap): void {
  pixel?.drawImage(image, 0, 0, 1, 1, 0, 0, 1, 1);
  pixel?.getImageData(0, 0, 1, 1);
}

/** The alpha channel of an image as a mask. */
function alphaOf(image: ImageBitmap): Mask {
  const { width, height } = image;
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('the browser provides no 2D context to read a mask');
  context.drawImage(image, 0, 0);
  return alphaChannelOf(context, width, height);
}
