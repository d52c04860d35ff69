import { vi } from 'vitest';
import { ChangeQueue } from '../src/page/change-queue.js';
import {
  applyChange,
  type BackgroundChange,
  type Configuration,
  type ConfigurationKey,
  checkChange,
  mayCover,
  resolve,
} from '../src/page/configuration.js';
import { checkOptions, checkSignal, type VirtualBackgroundOptions } from '../src/page/options.js';
import { type ChangeOptions, VirtualBackground } from '../src/page/virtual-background.js';
import type { Effect } from '../src/shared/effect.js';
import { CycloramaError } from '../src/shared/errors.js';
import { takeOptions } from '../src/shared/validation.js';

/** A track without a camera. */
export class StandInTrack extends EventTarget {
  readyState: MediaStreamTrackState = 'live';

  /** Ends as a camera does, which tells of it. */
  end(): void {
    this.readyState = 'ended';
    this.dispatchEvent(new Event('ended'));
  }
}

/** What stands in for a background, which needs a browser: it checks, orders and keeps changes as one does. */
export class StandIn extends EventTarget {
  readonly backend = 'webgl';
  configuration: Configuration;
  /** What was in force, one after the other. */
  readonly effects: Effect[];
  /** Whether the camera is hidden though `none` is in force. */
  covered = false;
  paused = false;
  destroyed = false;
  /** What loading the next changes waits for. */
  load: () => Promise<void> = () => Promise.resolve();
  readonly #queue = new ChangeQueue<ConfigurationKey>();

  constructor(readonly options: VirtualBackgroundOptions) {
    super();
    this.configuration = checkOptions(options).configuration;
    this.effects = [this.effect];
  }

  get effect() {
    return this.configuration.effect.options;
  }

  get model() {
    return resolve(this.configuration).model;
  }

  get quality() {
    return this.configuration.quality;
  }

  async update(change: BackgroundChange, options?: ChangeOptions): Promise<boolean> {
    if (mayCover(change)) this.covered = true;
    const checked = checkChange(change);
    const { signal } = takeOptions(options, ['signal']);
    checkSignal(signal);
    resolve(applyChange(this.configuration, checked));
    if (this.destroyed) throw new CycloramaError('destroyed', 'the background was destroyed');
    return this.#queue.run(
      Object.keys(checked) as ConfigurationKey[],
      {
        load: () => this.load(),
        commit: async () => {
          this.configuration = applyChange(this.configuration, checked);
          if (!checked.effect) return;
          this.covered = false;
          this.effects.push(checked.effect.options);
        },
        release: () => {},
      },
      signal,
    );
  }

  setEffect = (effect: never, options?: ChangeOptions) => this.update({ effect }, options);
  setModel = (model: never, options?: ChangeOptions) => this.update({ model }, options);
  setQuality = (quality: never, options?: ChangeOptions) => this.update({ quality }, options);
  setMatting = (matting: never, options?: ChangeOptions) => this.update(matting, options);
  processTrack = vi.fn(async (_camera: unknown): Promise<StandInTrack> => new StandInTrack());

  async processFrame(frame: unknown) {
    if (!frame) throw new CycloramaError('frame', 'there is no frame');
    return { image: { width: 4, height: 2, close() {} }, width: 4, height: 2, outcome: 'processed' };
  }

  async pause() {
    this.paused = true;
  }

  async resume() {
    this.paused = false;
  }

  async metrics() {
    return {};
  }

  async destroy() {
    this.destroyed = true;
    this.#queue.close(new CycloramaError('destroyed', 'the background was destroyed'));
  }
}

/** Has backgrounds stood in for; gives those that are made. */
export function standInForBackgrounds(): StandIn[] {
  const made: StandIn[] = [];
  vi.spyOn(VirtualBackground, 'create').mockImplementation(async (options = {}) => {
    const standIn = new StandIn(options);
    made.push(standIn);
    return standIn as unknown as VirtualBackground;
  });
  return made;
}

/** Makes what draws on a canvas do so on none. */
export function standInForCanvases(): void {
  vi.stubGlobal('document', {
    createElement: () => ({
      width: 0,
      height: 0,
      getContext: () => ({ transferFromImageBitmap() {} }),
    }),
  });
}
