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
 * The requested outputs of a photo, each an `ImageBitmap` of its size. The caller closes them, one by one or
 * all with `using`.
 */
export type SegmentedImage<Output extends StillOutput = StillOutput> = {
  readonly [Name in Output]: ImageBitmap;
} & {
  /** Width of the photo in pixels, after its EXIF orientation is applied. */
  readonly width: number;
  /** Height of the photo in pixels. */
  readonly height: number;
} & Disposable;

/**
 * Separates the people of one photo from the background, at the photo's full size. Creates an engine and
 * releases it. For several photos use {@link ImageSegmenter}, which keeps one engine.
 *
 * If anything fails, the promise rejects. The unchanged photo is never returned.
 *
 * @throws {CycloramaError} as {@link ImageSegmenter.create} and {@link ImageSegmenter.segment}
 * @throws the reason of `options.signal` if it aborts
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
  // Reject invalid options before anything is loaded.
  const settings = checkSegmentOptions(options);
  const segmenter = await ImageSegmenter.create(options);
  const done = segmenter.run(source, settings).finally(() => segmenter.destroy());
  // An aborted call does not wait for the release.
  return abortable(done, settings.signal, closeAll);
}

/**
 * Separates the people of photos from the background, one photo after the other, with one engine.
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
  /** The maximum side of a photo that this GPU supports, in pixels. */
  readonly maxSide: number;
  readonly #settings: SegmenterSettings;
  #service: HostedSegmenter;
  /** Whether the worker has terminated unexpectedly. */
  #isLost = false;
  readonly #end = new AbortController();
  /** Settles when the last submitted photo is done. Never rejects. */
  #turn: Promise<void> = Promise.resolve();
  #destruction: Promise<void> | undefined;

  private constructor(service: HostedSegmenter, maxSide: number, settings: SegmenterSettings) {
    this.#service = service;
    this.maxSide = maxSide;
    this.#settings = settings;
    this.#watch();
    surviveProxies(this);
  }

  /**
   * Creates a segmenter. Loads the model and prepares the GPU.
   *
   * @throws {CycloramaError} `option`, `unsupported`, `asset`, `integrity`, `model`, `gpu`, `device-lost` or
   *   `worker`
   * @throws the reason of `options.signal` if it aborts
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
   * Separates the people of one photo from the background. Photos are processed in the order of the calls. A
   * photo without people gives a black mask, an empty cutout, and a composite of the background alone. After
   * a worker crash the next photo starts another worker.
   *
   * @throws {CycloramaError} `option`; `frame` for a photo that does not decode, is too large or cannot be
   *   read; `asset` for a URL that cannot be fetched; `effect`; `mask` if the model's mask is implausible;
   *   `gpu`, `device-lost` or `worker`; `asset`, `integrity` or `unsupported` if another worker had to be
   *   started; `destroyed`; `internal`
   * @throws the reason of `options.signal` if it aborts
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
    // The result is the caller's, so it must not be retained.
    this.#turn = turn.then(
      () => {},
      () => {},
    );
    // An aborted call does not wait for earlier photos, nor for the engine's current step.
    return abortable(turn, signal, closeAll);
  }

  /**
   * Releases all resources, and then resolves. Pending calls reject with `destroyed`. May be called again.
   */
  destroy(): Promise<void> {
    this.#destruction ??= this.#destroy();
    return this.#destruction;
  }

  /** {@link destroy}, for `await using`. */
  [asyncDispose](): Promise<void> {
    return this.destroy();
  }

  async #destroy(): Promise<void> {
    this.#end.abort(new CycloramaError('destroyed', 'the segmenter was destroyed'));
    const service = this.#service;
    await service.close();
    await this.#turn;
    // Another worker may have started meanwhile.
    if (this.#service !== service) await this.#service.close();
  }

  async #segment<Output extends StillOutput>(
    source: StillSource,
    settings: SegmentSettings<Output>,
    signal: AbortSignal,
  ): Promise<SegmentedImage<Output>> {
    signal.throwIfAborted();
    if (this.#isLost) {
      this.#service = await open({ ...this.#settings, signal: this.#end.signal });
      this.#isLost = false;
      this.#watch();
    }
    const photo = await loadPhoto(source, this.maxSide, signal);
    const { width, height } = photo;
    const images = await this.#make(photo, settings, signal);
    // All requested outputs are present, or the call has failed.
    return disposable({ ...images, width, height }) as SegmentedImage<Output>;
  }

  #watch(): void {
    this.#service.lost.catch(() => {
      this.#isLost = true;
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
      const images = background.kind === 'image' ? [photo, background.image] : [photo];
      const job = { photo, outputs, background, detail };
      const working = guard(remote.make(this.#service.inWorker ? transfer(job, images) : job));
      signal.addEventListener('abort', stop);
      const outputImages = await working;
      if (!signal.aborted) return outputImages;
      for (const image of Object.values(outputImages)) image.close();
    } catch (cause) {
      // The images may not have been transferred.
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

function closeAll(output: Disposable): void {
  output[dispose]();
}

/** A photo service in a worker or on the page. */
interface HostedSegmenter extends HostedService<PhotoService> {
  readonly inWorker: boolean;
}

async function open(settings: SegmenterSettings): Promise<HostedSegmenter> {
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
    () => openService((api) => api.openStills(setup), signal),
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
  const pipeline = await abortable(creating, signal, (late) => void late.destroy());
  return {
    remote: pipeline,
    lost: new Promise(() => {}),
    guard: (call) => call,
    close: () => pipeline.destroy(),
  };
}
