import { vi } from 'vitest';
import { ChangeQueue } from '../../src/page/change-queue.js';
import {
  applyChange,
  type BackgroundChange,
  type Configuration,
  type ConfigurationKey,
  checkChange,
  resolve,
} from '../../src/page/configuration.js';
import { mayCover } from '../../src/page/display-policy.js';
import { checkOptions, checkSignal, type VirtualBackgroundOptions } from '../../src/page/options.js';
import { type ChangeOptions, VirtualBackground } from '../../src/page/virtual-background.js';
import type { Effect } from '../../src/shared/effect.js';
import { CycloramaError } from '../../src/shared/errors.js';
import { takeOptions } from '../../src/shared/validation.js';

/** An output track without a camera. */
export class FakeOutputTrack extends EventTarget {
  readyState: MediaStreamTrackState = 'live';

  /** Ends the track and dispatches `ended`, as a browser does. `stop` dispatches nothing. */
  end(): void {
    this.readyState = 'ended';
    this.dispatchEvent(new Event('ended'));
  }
}

/** A fake of `VirtualBackground`, which needs a browser. It checks, orders and applies changes with the real code. */
export class FakeBackground extends EventTarget {
  readonly backend = 'webgl';
  configuration: Configuration;
  /** The effects that took effect, in order. */
  readonly effects: Effect[];
  /** Whether the camera is hidden while `none` is the effect. */
  covered = false;
  paused = false;
  destroyed = false;
  /** Loads the next changes. */
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
  processTrack = vi.fn(async (_camera: unknown): Promise<FakeOutputTrack> => new FakeOutputTrack());

  async processFrame(frame: unknown) {
    if (!frame) throw new CycloramaError('frame', 'the frame is missing');
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

/** Replaces `VirtualBackground.create`, and returns the list of the created fakes. */
export function stubBackgrounds(): FakeBackground[] {
  const made: FakeBackground[] = [];
  vi.spyOn(VirtualBackground, 'create').mockImplementation(async (options = {}) => {
    const background = new FakeBackground(options);
    made.push(background);
    return background as unknown as VirtualBackground;
  });
  return made;
}

/** Replaces the canvases of the page with ones that draw nothing. */
export function stubCanvases(): void {
  vi.stubGlobal('document', {
    createElement: () => ({
      width: 0,
      height: 0,
      getContext: () => ({ transferFromImageBitmap() {} }),
    }),
  });
}
