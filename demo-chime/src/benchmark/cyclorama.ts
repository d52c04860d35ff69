import {
  type Backend,
  type FrameSample,
  type OutputFrame,
  type Refinement,
  VirtualBackground,
} from 'cyclorama';
import { version } from '../../../ts/package.json';
import { type BackendName, LEAST_STRETCH, offered, type Settings } from './settings';
import { rateOf } from './statistics';
import type {
  BenchmarkModel,
  Candidate,
  FrameFigures,
  Mask,
  Network,
  PreparedFrame,
  Variant,
} from './systems';

export { version };

/** Frames that are on their way at once when they are handed in without a pause: one made, one waiting, one coming or going. */
const UNDER_WAY = 3;

/** How long the figures of the last frames are waited for, in milliseconds: they come once a second. */
const PATIENCE = 4_000;

/** The rows that cyclorama itself gives for what was chosen. */
export function ourCandidates(
  settings: Settings,
  models: readonly BenchmarkModel[],
  machine: { webgpu: boolean; f16: boolean },
): Candidate[] {
  const variants = settings.sizes.flatMap((input) =>
    settings.refinements.map((refinement): Variant => ({ refinement, input })),
  );
  return models.flatMap((model) =>
    offered(settings.backends, machine).map((name) => candidate(model, name, variants, settings)),
  );
}

/** One network of ours on one backend. */
export function candidate(
  model: BenchmarkModel,
  name: BackendName,
  variants: Variant[],
  { timing, worker }: Pick<Settings, 'timing' | 'worker'>,
): Candidate {
  const backend = name === 'webgl' ? 'webgl' : 'webgpu';
  const precision = name === 'webgpu-f16' ? 'f16' : 'f32';
  return {
    system: 'cyclorama',
    version,
    model,
    backend,
    precision,
    variants,
    open: async (signal) =>
      Ours.open({ model: await model.bytes(signal), backend, precision, timing, worker, signal }),
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

/** A single frame whose sample has not come. */
interface Waiting {
  variant: Variant;
  /** When it was made, on the clock that all threads share. */
  from: number;
  to: number;
  /** When it began and what it took, by the page's own clock. */
  at: number;
  stopwatch: number;
}

/**
 * A network of ours, measured by what anybody who uses the package can see: frames handed in and come out, and samples.
 *
 * Where the GPU has no timestamps, stages are timed by waiting for each. That slows the whole down, so then there are two backgrounds:
 * `staged` for the stages, and `whole` for everything else.
 */
class Ours implements Network {
  readonly modelSize: readonly [number, number];
  readonly adapter: NonNullable<Network['adapter']>;
  readonly #whole: VirtualBackground;
  readonly #staged: VirtualBackground;
  readonly #listening = new AbortController();
  #variant: Variant | undefined;
  #cutting = false;
  /** By the background that makes them. */
  readonly #waiting = new Map<VirtualBackground, Waiting[]>();
  /** Samples that have come. */
  readonly #samples = new Map<VirtualBackground, FrameSample[]>();
  #collected: { variant: Variant; figures: FrameFigures }[] = [];
  /** What the background said last of a frame that failed. */
  #failure: string | undefined;

  static async open({ model, backend, precision, timing, worker, signal }: Opening): Promise<Ours> {
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
      const {
        model: network,
        adapter,
        fallbackAdapter,
        timestamps,
        precision: found,
      } = await whole.metrics();
      if (found !== precision)
        throw new Error(
          'the weights are stored with 32 bits here: the adapter has no shader-f16, or the network would lose by 16',
        );
      const staged = timing === 'every' && !timestamps ? await create('completed') : whole;
      return new Ours(whole, staged, [network.width, network.height], {
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
    whole: VirtualBackground,
    staged: VirtualBackground,
    modelSize: readonly [number, number],
    adapter: NonNullable<Network['adapter']>,
  ) {
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
    if (!variant) throw new Error('nothing was set to be measured');
    for (const background of this.#backgrounds) {
      const from = epoch();
      const start = performance.now();
      const output = await this.#process(background, frame);
      readPixel(output.image);
      const done = performance.now();
      // Read again, now that nothing is waited for, it tells what reading by itself takes.
      readPixel(output.image);
      const stopwatch = done - start - (performance.now() - done);
      output.image.close();
      this.#waiting.get(background)?.push({ variant, from, to: epoch(), at: start, stopwatch });
    }
  }

  async stretch(frames: readonly PreparedFrame[], seconds: number, signal: AbortSignal): Promise<number> {
    const start = performance.now();
    const out: number[] = [];
    let handed = 0;
    const lane = async () => {
      while (performance.now() - start < seconds * 1000 || handed < LEAST_STRETCH) {
        const frame = frames[handed % frames.length];
        handed += 1;
        if (!frame) throw new Error('there are no frames');
        (await this.#process(this.#whole, frame)).image.close();
        signal.throwIfAborted();
        out.push(performance.now());
      }
    };
    await Promise.all(Array.from({ length: UNDER_WAY }, lane));
    return rateOf(out, UNDER_WAY);
  }

  collect(): { variant: Variant; figures: FrameFigures }[] {
    for (const background of this.#backgrounds) this.#match(background);
    const collected = this.#collected;
    this.#collected = [];
    return collected;
  }

  /** Samples are told of while frames flow, so some more are made. */
  async settle(frame: PreparedFrame): Promise<void> {
    const end = performance.now() + PATIENCE;
    const expected = () => {
      for (const background of this.#backgrounds) this.#match(background);
      return [...this.#waiting.values()].some(({ length }) => length > 0);
    };
    while (expected() && performance.now() < end) {
      await this.warm(frame);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async cut(frame: PreparedFrame): Promise<{ mask: Mask; person: ImageBitmap }> {
    if (!this.#cutting) {
      this.#cutting = true;
      await this.#whole.setEffect({ kind: 'transparent' });
    }
    // Frames that are not each other's neighbours are not to be steadied by one another.
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

  /** @throws {Error} where the frame was hidden: what was measured is then no frame */
  async #process(background: VirtualBackground, frame: PreparedFrame): Promise<OutputFrame> {
    const output = await background.processFrame(frame, { frameRate: 30 });
    if (output.outcome === 'processed') return output;
    output.image.close();
    // The reason comes by a way of its own.
    await new Promise((resolve) => setTimeout(resolve, 100));
    throw new Error(this.#failure ?? 'a frame came out hidden, and no reason was told');
  }

  /** Finds the single frames that samples are of, by when they were made: the other frames have samples too. */
  #match(background: VirtualBackground): void {
    const waiting = this.#waiting.get(background) ?? [];
    for (const sample of this.#samples.get(background)?.splice(0) ?? []) {
      const index = waiting.findIndex(({ from, to }) => sample.time >= from && sample.time <= to);
      const found = waiting[index];
      if (!found) continue;
      // Samples come in order: those of the frames before this one will not come any more.
      waiting.splice(0, index + 1);
      const figures: FrameFigures = background === this.#staged ? stagesOf(sample) : {};
      if (background === this.#whole && sample.frame !== undefined) {
        // Of the same frames, as some are left out of the one: measuring made them slow.
        figures.frame = [sample.frame, 'completed'];
        figures.stopwatch = found.stopwatch;
        figures.at = found.at;
      }
      this.#collected.push({ variant: found.variant, figures });
    }
  }
}

/** A sample's stages, and the ranges that they make up. */
function stagesOf({ cpu, gpu, gpuClock }: FrameSample): FrameFigures {
  if (!gpu || !gpuClock) return { cpu };
  const { preprocess, inference } = gpu;
  return {
    cpu,
    gpu,
    gpuClock,
    ...(inference !== undefined && { inference: [inference, gpuClock] }),
    ...(preprocess !== undefined &&
      inference !== undefined && { segmentation: [preprocess + inference, gpuClock] }),
  };
}

/** Now, on the clock that the page and its workers share. */
const epoch = () => performance.timeOrigin + performance.now();

// Said in so many words, as Chromium else moves a canvas that is read off the GPU, and then whole pictures with it.
const pixel = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: false });

/** Waits until the GPU is done with a picture, which nothing but one of its pixels tells a page. */
function readPixel(image: ImageBitmap): void {
  pixel?.drawImage(image, 0, 0, 1, 1, 0, 0, 1, 1);
  pixel?.getImageData(0, 0, 1, 1);
}

/** The alpha of a picture. */
function alphaOf(image: ImageBitmap): Mask {
  const { width, height } = image;
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('the browser gives no canvas to read a mask from');
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  const levels = new Uint8Array(width * height);
  for (let index = 0; index < levels.length; index += 1) levels[index] = data[4 * index + 3] ?? 0;
  return { width, height, levels };
}
