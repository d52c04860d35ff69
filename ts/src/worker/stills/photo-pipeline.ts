import { type Background, closeBackground } from '../../shared/background.js';
import type { Engine } from '../../shared/engine-types.js';
import { CycloramaError } from '../../shared/errors.js';
import type { Size } from '../../shared/frame.js';
import {
  checkSize,
  type PhotoJob,
  type PhotoService,
  type PhotoSetup,
  type StillOutput,
} from '../../shared/photo.js';
import { type Backend, findTextureLimit, requireBackends } from '../../shared/thread-support.js';
import { thrown } from '../../shared/validation.js';
import { startFirst } from '../engine-start.js';
import { type EngineOwner, EngineSupervisor } from '../engine-supervisor.js';
import { invertStep, MaskAverage, toGrayscaleImage } from './mask.js';
import { findPeople, type Region } from './regions.js';

/** The maximum side of a photo that a backend supports, in pixels. */
interface Limit {
  readonly backend: Backend;
  readonly side: number;
}

/** Maximum side of the overview in which people are found, in pixels: many times the input size of the model. */
const OVERVIEW_SIDE = 1024;

/** Rejects a stopped job. Callers that stop a job have a reason of their own and ignore this one. */
const STOPPED = new Error('segmentation was aborted');

const CUTOUT: Background = { kind: 'transparent' };

/** Creates masks, cutouts and composites of photos. Uses no DOM, so it runs on a page or in a worker. */
export class PhotoPipeline implements PhotoService {
  readonly #supervisor: EngineSupervisor;
  #limit: Limit;
  #stopped = false;
  #job: Promise<unknown> = Promise.resolve();

  /**
   * Starts on the best backend that works.
   *
   * @throws {CycloramaError} `unsupported`, `asset`, `model` or `gpu`
   * @throws the signal's reason if it aborts
   */
  static async create(setup: PhotoSetup, signal?: AbortSignal): Promise<PhotoPipeline> {
    const { choice, model, precision, refinement, assetBase } = setup;
    const owner: EngineOwner = {
      lost() {},
      recovered() {},
      failed() {},
      backgroundFrame: async () => undefined,
    };
    const config = {
      model,
      background: CUTOUT,
      // Photos are independent of each other.
      matting: { refinement, temporalSmoothing: false },
      precision,
      powerPreference: 'high-performance' as const,
      assetBase: assetBase === undefined ? undefined : new URL(assetBase),
    };
    const started = await startFirst(await requireBackends(choice, signal), config, signal);
    const supervisor = new EngineSupervisor(started, config, owner);
    try {
      const { backend } = supervisor.info;
      return new PhotoPipeline(supervisor, { backend, side: await findTextureLimit(backend, signal) });
    } catch (cause) {
      await supervisor.destroy(Promise.resolve());
      throw cause;
    }
  }

  private constructor(supervisor: EngineSupervisor, limit: Limit) {
    this.#supervisor = supervisor;
    this.#limit = limit;
  }

  async maxSide(): Promise<number> {
    return this.#limit.side;
  }

  make(job: PhotoJob): Promise<Partial<Record<StillOutput, ImageBitmap>>> {
    this.#stopped = false;
    const outputs = this.#make(job).finally(() => {
      job.photo.close();
      closeBackground(job.background);
    });
    this.#job = outputs.catch(() => {});
    return outputs;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
  }

  async destroy(): Promise<void> {
    this.#stopped = true;
    await this.#supervisor.destroy(this.#job);
  }

  async #make(job: PhotoJob): Promise<Partial<Record<StillOutput, ImageBitmap>>> {
    const engine = await this.#supervisor.whenReady();
    const { photo, outputs, background, detail } = job;
    const { backend } = this.#supervisor.info;
    // The engine may have been replaced by one on a backend with a lower limit.
    if (backend !== this.#limit.backend) this.#limit = { backend, side: await findTextureLimit(backend) };
    checkSize(photo, this.#limit.side, 'the image');
    const images: Partial<Record<StillOutput, ImageBitmap>> = {};
    try {
      const mask = detail === 'high' ? await this.#detailedMask(engine, photo) : undefined;
      const probability = mask && invertStep(mask);
      for (const output of ['cutout', 'composite'] as const) {
        if (!outputs.includes(output)) continue;
        engine.setBackground(output === 'cutout' ? CUTOUT : mask ? withoutLightWrap(background) : background);
        images[output] = await this.#process(engine, photo, probability);
      }
      if (outputs.includes('mask'))
        images.mask = await toGrayscaleImage(mask ?? (await this.#alpha(engine, photo)), photo);
      return images;
    } catch (cause) {
      for (const image of Object.values(images)) image.close();
      if (cause === STOPPED) throw cause;
      if (isOutOfMemory(cause)) {
        const size = `${photo.width}x${photo.height}`;
        const message = `not enough memory for the image of ${size}: ${thrown(cause)}`;
        throw new CycloramaError('frame', message, { cause });
      }
      throw this.#supervisor.recordFailure(cause);
    }
  }

  /** Segments the whole photo to find its people, then two crops around each of them. */
  async #detailedMask(engine: Engine, photo: ImageBitmap): Promise<Uint8Array> {
    const mask = new Uint8Array(photo.width * photo.height);
    for (const crops of findPeople(...(await this.#overview(engine, photo)), photo)) {
      const average = new MaskAverage(crops[1]);
      for (const region of crops) {
        const part = draw(photo, region, region);
        average.add(await this.#alpha(engine, part), region);
      }
      average.mergeInto(mask, photo);
    }
    return mask;
  }

  /** Returns a small mask of the whole photo: the mean over the photo and its mirror image, which misses fewer people. */
  async #overview(engine: Engine, photo: ImageBitmap): Promise<[Uint8Array, Size]> {
    const scale = Math.min(1, OVERVIEW_SIDE / Math.max(photo.width, photo.height));
    const size = {
      width: Math.max(1, Math.round(photo.width * scale)),
      height: Math.max(1, Math.round(photo.height * scale)),
    };
    const whole = { left: 0, top: 0, width: photo.width, height: photo.height };
    const unmirrored = await this.#alpha(engine, draw(photo, whole, size));
    const mirrored = await this.#alpha(engine, draw(photo, whole, size, true));
    const mean = unmirrored.map((alpha, index) => {
      const x = index % size.width;
      return (alpha + (mirrored[index - x + size.width - 1 - x] ?? 0)) / 2;
    });
    return [mean, size];
  }

  /** Segments an image once. Returns the alpha of each pixel. */
  async #alpha(engine: Engine, source: ImageBitmap | OffscreenCanvas): Promise<Uint8Array> {
    engine.setBackground(CUTOUT);
    const image = await this.#process(engine, source);
    try {
      return readAlpha(image);
    } finally {
      image.close();
    }
  }

  /** Processes an image with the mask of the model, which must be plausible, or with the given mask. */
  async #process(
    engine: Engine,
    source: ImageBitmap | OffscreenCanvas,
    mask?: Uint8Array,
  ): Promise<ImageBitmap> {
    if (this.#stopped) throw STOPPED;
    const { image } = await engine.process(source, { mask });
    this.#supervisor.recordSuccess();
    const fault = mask ? undefined : await engine.maskStatus();
    // Without `video` the engine returns a bitmap.
    if (!fault) return image as ImageBitmap;
    image.close();
    throw new CycloramaError('mask', fault);
  }
}

/** Whether an error of a canvas or typed array means that memory is insufficient. */
function isOutOfMemory(cause: unknown): boolean {
  return (
    cause instanceof RangeError ||
    (cause instanceof DOMException && ['InvalidStateError', 'QuotaExceededError'].includes(cause.name))
  );
}

/**
 * Removes light wrap. The engine computes it from its own mask of the whole photo. A person that only a crop reveals would be lit
 * all over.
 */
function withoutLightWrap(background: Background): Background {
  return 'lightWrap' in background ? { ...background, lightWrap: 0 } : background;
}

/** Draws a part of an image at another size. */
function draw(photo: ImageBitmap, from: Region, { width, height }: Size, mirrored = false): OffscreenCanvas {
  const canvas = new OffscreenCanvas(width, height);
  const context = contextOf(canvas, { alpha: false });
  context.imageSmoothingQuality = 'high';
  if (mirrored) context.setTransform(-1, 0, 0, 1, width, 0);
  context.drawImage(photo, from.left, from.top, from.width, from.height, 0, 0, width, height);
  return canvas;
}

function readAlpha(image: ImageBitmap): Uint8Array {
  const { width, height } = image;
  const context = contextOf(new OffscreenCanvas(width, height), { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  const alpha = new Uint8Array(width * height);
  for (let index = 0; index < alpha.length; index += 1) alpha[index] = data[4 * index + 3] ?? 0;
  return alpha;
}

function contextOf(
  canvas: OffscreenCanvas,
  settings: { readonly alpha?: boolean; readonly willReadFrequently?: boolean },
): OffscreenCanvasRenderingContext2D {
  const context = canvas.getContext('2d', settings);
  if (context) return context;
  throw new CycloramaError('unsupported', 'this browser has no 2D context for an OffscreenCanvas');
}
