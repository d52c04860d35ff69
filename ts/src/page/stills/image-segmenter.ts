import { transfer } from 'comlink';
import { abortable } from '../../shared/abortable.js';
import { assertModelIsHosted, loadModel } from '../../shared/assets.js';
import { type Background, closeBackground } from '../../shared/background.js';
import { CycloramaError } from '../../shared/errors.js';
import type { PhotoService, PhotoSetup, StillOutput } from '../../shared/photo.js';
import { assertBrowser } from '../../shared/thread-support.js';
import { asyncDispose, disposable, dispose } from '../disposable.js';
import { loadEffect, release } from '../load-effect.js';
import { type HostedService, loadCode, openInWorkerOrHere, openService } from '../pipeline-host.js';
import { surviveProxies } from '../proxied.js';
import {
  checkSegmenterOptions,
  checkSegmentOptions,
  type ImageSegmenterOptions,
  type SegmenterSettings,
  type SegmentOptions,
  type SegmentSettings,
  type StillSource,
} from './options.js';
import { loadPhoto } from './photo-source.js';

export type { Detail, StillOutput } from '../../shared/photo.js';
export type { ImageSegmenterOptions, SegmentOptions, StillEffect, StillSource } from './options.js';

/**
 * What was made of a photograph: the pictures that were asked for, all of its size. Whoever holds them closes them, each by itself
 * or all by `using`.
 */
export type SegmentedImage<Output extends StillOutput = StillOutput> = {
  readonly [Name in Output]: ImageBitmap;
} & {
  /** In pixels, as the photograph, upright. */
  readonly width: number;
  /** In pixels, as `width`. */
  readonly height: number;
} & Disposable;

/**
 * Separates the person of one photograph from the background, at the photograph's own size. Starts an engine and gives
 * it back: for several photographs, {@link ImageSegmenter} starts one for all.
 *
 * It never gives the photograph as it is: where something fails, it rejects.
 *
 * @throws {CycloramaError} as {@link ImageSegmenter.create} and {@link ImageSegmenter.segment}
 * @throws the reason of `options.signal` once that is aborted
 * @example
 * const { cutout } = await segmentImage(photo);
 * @example
 * const { mask, composite } = await segmentImage('/me.jpg', {
 *   output: ['mask', 'composite'],
 *   effect: { kind: 'color', color: '#ffffff' },
 * });
 */
export async function segmentImage<Output extends StillOutput = 'cutout'>(
  source: StillSource,
  options?: ImageSegmenterOptions & SegmentOptions<Output>,
): Promise<SegmentedImage<Output>> {
  // A wrong option is told before anything is loaded.
  const settings = checkSegmentOptions(options);
  const segmenter = await ImageSegmenter.create(options);
  const done = segmenter.run(source, settings).finally(() => segmenter.destroy());
  // An aborted call does not wait until all is released.
  return abortable(done, settings.signal, closeAll);
}

/**
 * Separates people in photographs from the background, one photograph after the other, with one engine.
 *
 * @example
 * const segmenter = await ImageSegmenter.create();
 * for (const file of input.files) {
 *   const { cutout } = await segmenter.segment(file);
 *   show(cutout);
 * }
 * await segmenter.destroy();
 */
export class ImageSegmenter implements AsyncDisposable {
  /** The longest side of a photograph that this GPU takes, in pixels. */
  readonly maxSide: number;
  readonly #settings: SegmenterSettings;
  #service: StillPlace;
  /** Whether the worker has ended by itself. */
  #lost = false;
  readonly #end = new AbortController();
  /** Settles when the last photograph handed in is done; never rejects. */
  #turn: Promise<void> = Promise.resolve();
  #destruction: Promise<void> | undefined;

  private constructor(service: StillPlace, maxSide: number, settings: SegmenterSettings) {
    this.#service = service;
    this.maxSide = maxSide;
    this.#settings = settings;
    this.#watch();
    surviveProxies(this);
  }

  /**
   * Loads the network and makes the GPU ready.
   *
   * @throws {CycloramaError} `option`, `unsupported`, `asset`, `integrity`, `model`, `gpu`, `device-lost` or `worker`
   * @throws the reason of `options.signal` once that is aborted
   */
  static async create(options?: ImageSegmenterOptions): Promise<ImageSegmenter> {
    const settings = checkSegmenterOptions(options);
    const { assetBase, model, signal } = settings;
    signal?.throwIfAborted();
    assertBrowser();
    assertModelIsHosted(model, assetBase);
    const service = await open(settings);
    try {
      const maxSide = await abortable(service.guard(service.remote.maxSide()), signal);
      signal?.throwIfAborted();
      return new ImageSegmenter(service, maxSide, { ...settings, signal: undefined });
    } catch (cause) {
      void service.close().catch(() => {});
      throw cause;
    }
  }

  /**
   * Separates the person of one photograph from the background. Photographs are taken one after the other, in the
   * order of the calls. One without a person gives a black mask, an empty cut-out, and the background alone. Where the
   * worker has ended at a photograph, the next one gets another worker.
   *
   * @throws {CycloramaError} `option`; `frame` for what is no picture, too large or may not be read; `asset` for an address
   *   that gives nothing; `effect`; `mask` where the network gives a mask that cannot be right; `gpu`, `device-lost` or
   *   `worker`; `asset`, `integrity` or `unsupported` where another worker had to be started; `destroyed`; `internal`
   * @throws the reason of `options.signal` once that is aborted
   */
  async segment<Output extends StillOutput = 'cutout'>(
    source: StillSource,
    options?: SegmentOptions<Output>,
  ): Promise<SegmentedImage<Output>> {
    return this.run(source, checkSegmentOptions(options));
  }

  /**
   * {@link segment} with checked options.
   *
   * @internal
   */
  async run<Output extends StillOutput>(
    source: StillSource,
    settings: SegmentSettings<Output>,
  ): Promise<SegmentedImage<Output>> {
    const signal = AbortSignal.any([this.#end.signal, ...(settings.signal ? [settings.signal] : [])]);
    signal.throwIfAborted();
    const turn = this.#turn.then(() => this.#segment(source, settings, signal));
    // Nothing of it is kept: what was made is the caller's.
    this.#turn = turn.then(
      () => {},
      () => {},
    );
    // Whoever gives up does not wait for the photographs before, nor for the engine's step.
    return abortable(turn, signal, closeAll);
  }

  /** Gives everything back; calls under way reject with `destroyed`. Resolves when all is released. May be called again. */
  destroy(): Promise<void> {
    this.#destruction ??= this.#destroy();
    return this.#destruction;
  }

  /** As {@link destroy}, for `await using`. */
  [asyncDispose](): Promise<void> {
    return this.destroy();
  }

  async #destroy(): Promise<void> {
    this.#end.abort(new CycloramaError('destroyed', 'the segmenter was destroyed'));
    const service = this.#service;
    await service.close();
    await this.#turn;
    // Another worker may have been starting meanwhile.
    if (this.#service !== service) await this.#service.close();
  }

  async #segment<Output extends StillOutput>(
    source: StillSource,
    settings: SegmentSettings<Output>,
    signal: AbortSignal,
  ): Promise<SegmentedImage<Output>> {
    signal.throwIfAborted();
    if (this.#lost) {
      this.#service = await open({ ...this.#settings, signal: this.#end.signal });
      this.#lost = false;
      this.#watch();
    }
    const photo = await loadPhoto(source, this.maxSide, signal);
    const { width, height } = photo;
    const made = await this.#make(photo, settings, signal);
    // Every output that was asked for is there, or the call has failed.
    return disposable({ ...made, width, height }) as SegmentedImage<Output>;
  }

  #watch(): void {
    this.#service.lost.catch(() => {
      this.#lost = true;
    });
  }

  async #make(
    photo: ImageBitmap,
    { outputs, effect, detail }: SegmentSettings<StillOutput>,
    signal: AbortSignal,
  ): Promise<Partial<Record<StillOutput, ImageBitmap>>> {
    let background: Background = { kind: 'transparent' };
    try {
      if (outputs.includes('composite')) {
        const loaded = await loadEffect(effect.parsed, signal);
        background = loaded.background ?? background;
        if (signal.aborted) release({ background });
      }
      signal.throwIfAborted();
    } catch (cause) {
      photo.close();
      throw cause;
    }
    const { remote, guard } = this.#service;
    const stop = () => void guard(remote.stop()).catch(() => {});
    try {
      const pictures = background.kind === 'image' ? [photo, background.image] : [photo];
      const job = { photo, outputs, background, detail };
      const working = guard(remote.make(this.#service.inWorker ? transfer(job, pictures) : job));
      signal.addEventListener('abort', stop);
      const made = await working;
      if (!signal.aborted) return made;
      for (const picture of Object.values(made)) picture.close();
    } catch (cause) {
      // It may not have come as far as the worker.
      photo.close();
      closeBackground(background);
      signal.throwIfAborted();
      throw CycloramaError.from(cause);
    } finally {
      signal.removeEventListener('abort', stop);
    }
    throw signal.reason;
  }
}

function closeAll(image: Disposable): void {
  image[dispose]();
}

/** Segments still images, in a worker or on the page. */
interface StillPlace extends HostedService<PhotoService> {
  readonly inWorker: boolean;
}

async function open(settings: SegmenterSettings): Promise<StillPlace> {
  const { assetBase, backend, model, precision, refinement, signal, worker } = settings;
  const setup: PhotoSetup = {
    choice: backend,
    model: await loadModel(model, assetBase, signal),
    refinement,
    precision,
    assetBase: assetBase?.href,
  };
  const { opened, inWorker } = await openInWorkerOrHere<HostedService<PhotoService>>(
    worker,
    () => openService((entrance) => entrance.openStills(setup), signal),
    () => openHere(setup, signal),
  );
  return { ...opened, inWorker };
}

async function openHere(
  setup: PhotoSetup,
  signal: AbortSignal | undefined,
): Promise<HostedService<PhotoService>> {
  // biome-ignore lint/style/noRestrictedImports: only pages without a worker download the worker's code.
  const code = import('../../worker/stills/photo-pipeline.js');
  const { PhotoPipeline } = await abortable(loadCode(code), signal);
  const creating = PhotoPipeline.create(setup, signal);
  const maker = await abortable(creating, signal, (late) => void late.destroy());
  return {
    remote: maker,
    lost: new Promise(() => {}),
    guard: (call) => call,
    close: () => maker.destroy(),
  };
}
