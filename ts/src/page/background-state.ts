import { transfer } from 'comlink';
import { abortable } from '../shared/abortable.js';
import { assertModelIsHosted, loadModel, type Model } from '../shared/assets.js';
import {
  type Background,
  type BackgroundFrame,
  closeBackground,
  closeFirstFrame,
} from '../shared/background.js';
import { NEUTRAL } from '../shared/color.js';
import type { ParsedEffect } from '../shared/effect.js';
import { CycloramaError } from '../shared/errors.js';
import type { PipelineSetup, PipelineSetupChange } from '../shared/protocol.js';
import type { Quality } from '../shared/quality.js';
import { ChangeQueue } from './change-queue.js';
import { applyChange, type Configuration, type ConfigurationKey, resolve } from './configuration.js';
import { DisplayPolicy } from './display-policy.js';
import { type LoadedEffect, loadEffect, release } from './load-effect.js';
import type { Settings } from './options.js';
import type { BackgroundVideo } from './video-source.js';
import type { WorkerService } from './worker-service.js';

/** The engine's background under effect `none`, until another effect is current. */
const PLAIN: Background = { kind: 'color', color: NEUTRAL, lightWrap: 0 };

/** The downloads of a change. */
interface LoadedChange {
  effect: LoadedEffect;
  /** The new model and its bytes, if it changes. */
  download: { model: Model; bytes: Uint8Array } | undefined;
}

/** The setup of the first pipeline. */
export function createSetup(
  settings: Settings,
  model: Uint8Array,
  { background }: LoadedEffect,
): PipelineSetup {
  const { resolved, assetBase } = settings;
  return {
    choice: settings.backend,
    model,
    background: background ?? PLAIN,
    display: background ? 'background' : 'camera',
    paused: false,
    matting: resolved.matting,
    quality: withoutModels(resolved.quality),
    onFailure: settings.onFailure,
    timing: settings.timing,
    precision: settings.precision,
    powerPreference: settings.powerPreference,
    assetBase: assetBase?.href,
  };
}

/**
 * Holds the current configuration. Loads changes, applies them in order, and keeps the setup for another
 * worker.
 */
export class BackgroundState {
  readonly #service: WorkerService;
  readonly #assetBase: URL | undefined;
  readonly #changes = new ChangeQueue<ConfigurationKey>();
  readonly #policy: DisplayPolicy;
  #configuration: Configuration;
  #model: Model;
  #setup: PipelineSetup;
  #video: BackgroundVideo | undefined;

  constructor(
    service: WorkerService,
    { assetBase, configuration, resolved }: Settings,
    setup: PipelineSetup,
    video: BackgroundVideo | undefined,
  ) {
    this.#service = service;
    this.#assetBase = assetBase;
    this.#configuration = configuration;
    this.#model = resolved.model;
    this.#policy = new DisplayPolicy(configuration.effect.parsed);
    this.#setup = setup;
    this.#video = video;
  }

  get configuration(): Configuration {
    return this.#configuration;
  }

  get model(): Model {
    return this.#model;
  }

  /** The setup of the next worker. It keeps the background's image. Without a worker the pipeline owns it. */
  get setup(): PipelineSetup {
    return this.#setup;
  }

  /** The video of effect `video`. */
  get video(): BackgroundVideo | undefined {
    return this.#video;
  }

  /** @throws {CycloramaError} `option` if the change contradicts another option */
  check(change: Partial<Configuration>): void {
    resolve(applyChange(this.#configuration, change));
  }

  /**
   * Records a requested effect, `undefined` for an invalid one. Hides the camera at once unless it is `none`.
   */
  request(effect: ParsedEffect | undefined): void {
    this.#policy.request(effect);
    if (effect?.kind !== 'none') void this.#updateDisplay();
  }

  /**
   * Loads a checked change and applies it.
   *
   * @returns `true` once the change has taken effect, `false` if a later change superseded it
   */
  async update(change: Partial<Configuration>, signal: AbortSignal | undefined): Promise<boolean> {
    if (change.effect) this.request(change.effect.parsed);
    const request = this.#policy.lastRequest;
    this.#service.assertUsable();
    return this.#changes.run(
      Object.keys(change) as ConfigurationKey[],
      {
        load: (stop) => this.#load(change, stop),
        commit: (loaded, stop) => this.#commit(change, loaded, request, stop),
        release: ({ effect }) => release(effect),
      },
      signal,
    );
  }

  async setPaused(paused: boolean, signal: AbortSignal | undefined): Promise<void> {
    this.#service.assertUsable();
    this.#setup = { ...this.#setup, paused };
    await abortable(
      this.#service.callPersistently((pipeline) => pipeline.pause(this.#setup.paused), signal),
      signal,
    );
  }

  /** Returns the video's current frame if it has changed or `again` is set. */
  async backgroundFrame(again: boolean): Promise<BackgroundFrame | undefined> {
    const video = this.#video;
    if (!video || (!video.changed() && !again)) return undefined;
    const image = video.frame();
    return this.#service.inWorker ? transfer(image, [image]) : image;
  }

  /** Rejects pending changes with `reason` and stops the video. */
  close(reason: CycloramaError): void {
    this.#changes.close(reason);
    this.#video?.close();
  }

  /** Releases the background's image. Call it once no further worker starts. */
  release(): void {
    this.#close(this.#setup.background);
  }

  async #load(change: Partial<Configuration>, signal: AbortSignal): Promise<LoadedChange> {
    const { model } = resolve(applyChange(this.#configuration, change));
    assertModelIsHosted(model, this.#assetBase);
    const end = new AbortController();
    const stop = AbortSignal.any([signal, end.signal]);
    const loading = change.effect
      ? loadEffect(change.effect.parsed, stop)
      : Promise.resolve({ background: undefined });
    try {
      const isNew = model !== this.#model;
      const fetching = isNew ? loadModel(model, this.#assetBase, stop) : undefined;
      const [effect, bytes] = await Promise.all([loading, fetching]);
      return { effect, download: bytes && { model, bytes } };
    } catch (cause) {
      end.abort();
      loading.then(release, () => {});
      throw cause;
    }
  }

  async #commit(
    change: Partial<Configuration>,
    loaded: LoadedChange,
    request: number,
    signal: AbortSignal,
  ): Promise<void> {
    // Other changes may have taken effect since this one was requested.
    const next = applyChange(this.#configuration, change);
    const { model, matting, quality } = resolve(next);
    const { effect, download } = loaded;
    let bytes: Uint8Array | undefined;
    if (model !== this.#model) {
      bytes = download?.model === model ? download.bytes : await loadModel(model, this.#assetBase, signal);
    }
    const levels = withoutModels(quality);
    const setsQuality = change.quality !== undefined || change.budget !== undefined;
    const setup: PipelineSetupChange = {
      ...(bytes && { model: bytes }),
      ...(effect.background && { background: effect.background }),
      ...(!isSame(matting, this.#setup.matting) && { matting }),
      ...((setsQuality || !isSame(levels, this.#setup.quality)) && { quality: levels }),
    };
    if (Object.keys(setup).length > 0) await this.#service.configure(setup, signal);
    if (this.#service.closed) throw new CycloramaError('destroyed', 'the background was destroyed');
    this.#configuration = next;
    this.#model = model;
    const { background, ...others } = setup;
    this.#setup = { ...this.#setup, ...others };
    if (background) this.#keep(background);
    effect.background = undefined;
    if (!change.effect) return;
    // The caller releases the old video.
    [this.#video, effect.video] = [effect.video, this.#video];
    this.#policy.commit(change.effect.parsed, request);
    await this.#updateDisplay();
  }

  /** Notifies the pipeline if the display state has changed. */
  async #updateDisplay(): Promise<void> {
    if (this.#service.closed) return;
    const display = this.#policy.displayOf(this.#configuration.effect.parsed);
    if (display === this.#setup.display) return;
    this.#setup = { ...this.#setup, display };
    const { host } = this.#service;
    // Without a host, the next worker starts with it.
    await host?.guard(host.pipeline.setDisplay(display)).catch(() => {});
  }

  /** Keeps an applied background for another worker. */
  #keep(background: Background): void {
    this.#close(this.#setup.background);
    closeFirstFrame(background);
    this.#setup = { ...this.#setup, background };
  }

  /** Closes a background whose images the worker has copied. Without a worker the pipeline closes them. */
  #close(background: Background): void {
    if (this.#service.inWorker) closeBackground(background);
  }
}

/**
 * The quality without its models, some of which cannot be sent. All levels have the same model, which the
 * page loads.
 */
function withoutModels({ levels: [best, ...others], budget }: Quality): Quality {
  const model = 'selfie_segmentation_landscape';
  return { levels: [{ ...best, model }, ...others.map((level) => ({ ...level, model }) as const)], budget };
}

function isSame(a: object, b: object): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
