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
import { EngineSupervisor, type Owner } from '../engine-supervisor.js';
import { beforeStep, grey, Looked } from './mask.js';
import { findPeople, type Region } from './regions.js';

/** The longest side of a picture in pixels, and the backend that takes no longer one. */
interface Limit {
  readonly backend: Backend;
  readonly side: number;
}

/** The longest side of the picture in which people are looked for, in pixels: many times the network's. */
const OVERVIEW_SIDE = 1024;

/** What a job ends with that was told to stop. Whoever stopped it has a reason of its own and does not look at this one. */
const STOPPED = new Error('the photograph was given up');

const CUTOUT: Background = { kind: 'transparent' };

/** Makes masks, cut-outs and composites of photographs. Knows no page and so runs on one or in a worker. */
export class PhotoPipeline implements PhotoService {
  readonly #keeper: EngineSupervisor;
  #limit: Limit;
  #stopped = false;
  #job: Promise<unknown> = Promise.resolve();

  /**
   * Starts on the best backend that works.
   *
   * @throws {CycloramaError} `unsupported`, `asset`, `model` or `gpu`
   * @throws the signal's reason once that is aborted
   */
  static async create(setup: PhotoSetup, signal?: AbortSignal): Promise<PhotoPipeline> {
    const { choice, model, precision, refinement, assetBase } = setup;
    const owner: Owner = {
      lost() {},
      recovered() {},
      gaveUp() {},
      picture: async () => undefined,
    };
    const task = {
      model,
      background: CUTOUT,
      // One photograph does not follow the other.
      matting: { refinement, temporalSmoothing: false },
      precision,
      powerPreference: 'high-performance' as const,
      assetBase: assetBase === undefined ? undefined : new URL(assetBase),
    };
    const keeper = await EngineSupervisor.start(await requireBackends(choice, signal), task, owner, signal);
    try {
      const { backend } = keeper.info;
      return new PhotoPipeline(keeper, { backend, side: await findTextureLimit(backend, signal) });
    } catch (cause) {
      await keeper.destroy(Promise.resolve());
      throw cause;
    }
  }

  private constructor(keeper: EngineSupervisor, limit: Limit) {
    this.#keeper = keeper;
    this.#limit = limit;
  }

  async maxSide(): Promise<number> {
    return this.#limit.side;
  }

  make(job: PhotoJob): Promise<Partial<Record<StillOutput, ImageBitmap>>> {
    this.#stopped = false;
    const made = this.#make(job).finally(() => {
      job.photo.close();
      closeBackground(job.background);
    });
    this.#job = made.catch(() => {});
    return made;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
  }

  async destroy(): Promise<void> {
    this.#stopped = true;
    await this.#keeper.destroy(this.#job);
  }

  async #make(job: PhotoJob): Promise<Partial<Record<StillOutput, ImageBitmap>>> {
    const engine = await this.#keeper.whenReady();
    const { photo, outputs, background, detail } = job;
    const { backend } = this.#keeper.info;
    // Another backend may have taken over since, and take less.
    if (backend !== this.#limit.backend) this.#limit = { backend, side: await findTextureLimit(backend) };
    checkSize(photo, this.#limit.side, 'the photograph');
    const made: Partial<Record<StillOutput, ImageBitmap>> = {};
    try {
      const mask = detail === 'high' ? await this.#look(engine, photo) : undefined;
      const probability = mask && beforeStep(mask);
      for (const output of ['cutout', 'composite'] as const) {
        if (!outputs.includes(output)) continue;
        engine.setBackground(output === 'cutout' ? CUTOUT : mask ? unlit(background) : background);
        made[output] = await this.#process(engine, photo, probability);
      }
      if (outputs.includes('mask')) made.mask = await grey(mask ?? (await this.#alpha(engine, photo)), photo);
      return made;
    } catch (cause) {
      for (const picture of Object.values(made)) picture.close();
      if (cause === STOPPED) throw cause;
      if (isOutOfMemory(cause)) {
        const size = `${photo.width}x${photo.height}`;
        const message = `the photograph of ${size} takes more memory than there is: ${thrown(cause)}`;
        throw new CycloramaError('frame', message, { cause });
      }
      throw this.#keeper.note(cause);
    }
  }

  /** How much of each pixel is person, from looks at all of the photograph and then at each of its people. */
  async #look(engine: Engine, photo: ImageBitmap): Promise<Uint8Array> {
    const mask = new Uint8Array(photo.width * photo.height);
    for (const looks of findPeople(...(await this.#overview(engine, photo)), photo)) {
      const looked = new Looked(looks[1]);
      for (const region of looks) {
        const part = draw(photo, region, region);
        looked.add(await this.#alpha(engine, part), region);
      }
      looked.putInto(mask, photo);
    }
    return mask;
  }

  /** A small mask of the whole photograph. Seen once as it is and once mirrored, fewer people are overlooked. */
  async #overview(engine: Engine, photo: ImageBitmap): Promise<[Uint8Array, Size]> {
    const scale = Math.min(1, OVERVIEW_SIDE / Math.max(photo.width, photo.height));
    const size = {
      width: Math.max(1, Math.round(photo.width * scale)),
      height: Math.max(1, Math.round(photo.height * scale)),
    };
    const whole = { left: 0, top: 0, width: photo.width, height: photo.height };
    const upright = await this.#alpha(engine, draw(photo, whole, size));
    const mirrored = await this.#alpha(engine, draw(photo, whole, size, true));
    const mean = upright.map((alpha, index) => {
      const x = index % size.width;
      return (alpha + (mirrored[index - x + size.width - 1 - x] ?? 0)) / 2;
    });
    return [mean, size];
  }

  /** How much of each pixel of a picture is person, by one look of the network. */
  async #alpha(engine: Engine, picture: ImageBitmap | OffscreenCanvas): Promise<Uint8Array> {
    engine.setBackground(CUTOUT);
    const image = await this.#process(engine, picture);
    try {
      return readAlpha(image);
    } finally {
      image.close();
    }
  }

  /** A picture under the mask that the network makes of it, if that can be right, or under one that is there already. */
  async #process(
    engine: Engine,
    picture: ImageBitmap | OffscreenCanvas,
    mask?: Uint8Array,
  ): Promise<ImageBitmap> {
    if (this.#stopped) throw STOPPED;
    const { image } = await engine.process(picture, { mask });
    this.#keeper.succeeded();
    const fault = mask ? undefined : await engine.maskStatus();
    if (!fault) return image;
    image.close();
    throw new CycloramaError('mask', fault);
  }
}

/** What canvases and arrays throw where they cannot be made. */
function isOutOfMemory(cause: unknown): boolean {
  return (
    cause instanceof RangeError ||
    (cause instanceof DOMException && ['InvalidStateError', 'QuotaExceededError'].includes(cause.name))
  );
}

/**
 * A background whose light does not fall onto the person. Where that falls is told by the look at the whole photograph,
 * and somebody whom only a look from near found would be lit all over.
 */
function unlit(background: Background): Background {
  return 'lightWrap' in background ? { ...background, lightWrap: 0 } : background;
}

/** A part of a photograph at another size. */
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
