/** Receives changes of a camera. */
export interface CameraListener {
  /** Called when the camera starts or stops providing images, see {@link providesImages}. */
  enable(enabled: boolean): void;
  /** Called when the camera has ended. */
  end(): void;
}

/**
 * Whether a track provides images: it is enabled and not muted. A privacy switch, a closed lid or another app
 * on a phone mutes a camera. The remote side of a call then sees black:
 * <https://www.w3.org/TR/webrtc/#rtcrtpsender-interface>. The camera may deliver no black frame itself, so
 * the last image of a person would stay.
 */
export function providesImages({ enabled, muted }: MediaStreamTrack): boolean {
  return enabled && !muted;
}

/** Mirrors the state of a camera's track on the processed track. */
export class CameraLink {
  readonly #output: MediaStreamTrack;
  readonly #listener: CameraListener;
  #source: MediaStreamTrack;
  #following = new AbortController();
  /** The value that the listener last received. */
  #isProviding = true;
  /** The muted state that the output last reported. */
  #muted: boolean;
  #hint: string | undefined;
  /** The output's native `enabled`, which the app sets independently of the camera. */
  readonly #native: ReturnType<typeof findAccessor>;

  constructor(source: MediaStreamTrack, output: MediaStreamTrack, listener: CameraListener) {
    this.#output = output;
    this.#listener = listener;
    this.#source = source;
    this.#muted = source.muted;
    const native = findAccessor(output, 'enabled');
    this.#native = native;
    if (native) {
      Object.defineProperty(output, 'enabled', {
        configurable: true,
        enumerable: true,
        get: () => this.isEnabled && this.#source.enabled,
        set: (enabled: unknown) => native.set.call(output, enabled),
      });
    }
    Object.defineProperty(output, 'muted', { configurable: true, get: () => this.#source.muted });
    this.follow(source);
  }

  /** Whether the app has the output enabled. Its `enabled` reads `false` while the camera is disabled. */
  get isEnabled(): boolean {
    return this.#native ? this.#native.get.call(this.#output) === true : this.#output.enabled;
  }

  /** Follows another camera. The listener receives its next change, not its current state. */
  follow(source: MediaStreamTrack): void {
    this.#following.abort();
    this.#following = new AbortController();
    const { signal } = this.#following;
    this.#source = source;
    this.#isProviding = providesImages(source);
    watchEnabled(source, (enabled) => this.#notify(enabled), signal);
    source.addEventListener('ended', () => this.#listener.end(), { signal });
    for (const type of ['mute', 'unmute']) source.addEventListener(type, () => this.poll(), { signal });
    this.#copyMuted();
    this.#copyHint();
  }

  /** Reads the camera's state. An interval also calls this, for changes without an event. */
  poll(): void {
    if (this.#source.readyState === 'ended') {
      this.#listener.end();
      return;
    }
    this.#notify(this.#source.enabled);
    this.#copyMuted();
    this.#copyHint();
  }

  stop(): void {
    this.#following.abort();
  }

  #notify(enabled: boolean): void {
    const isProviding = enabled && !this.#source.muted;
    if (isProviding === this.#isProviding) return;
    this.#isProviding = isProviding;
    this.#listener.enable(isProviding);
  }

  #copyMuted(): void {
    const { muted } = this.#source;
    if (muted === this.#muted) return;
    this.#muted = muted;
    this.#output.dispatchEvent(new Event(muted ? 'mute' : 'unmute'));
  }

  /** Copies the content hint if it changes. The app may set another hint on the output in between. */
  #copyHint(): void {
    // Firefox has no hints.
    const { contentHint } = this.#source as Partial<MediaStreamTrack>;
    if (contentHint === undefined || contentHint === this.#hint) return;
    this.#hint = contentHint;
    this.#output.contentHint = contentHint;
  }
}

type EnabledListener = (enabled: boolean) => void;

/** An accessor that shadows a track's native `enabled`. */
interface EnabledWatch {
  readonly listeners: Set<EnabledListener>;
  release(): void;
}

const watches = new WeakMap<MediaStreamTrack, EnabledWatch>();

/**
 * Calls the listener when a script enables or disables a track. The call precedes disabling and follows
 * enabling, so that no frame passes in between.
 *
 * No event reports this. Polling is up to a second late in a hidden tab, during which a person who has just
 * disabled the camera would still be sent. So an own accessor shadows the prototype's while the track has
 * listeners. Without a configurable accessor, the listener is never called.
 */
function watchEnabled(track: MediaStreamTrack, listener: EnabledListener, signal: AbortSignal): void {
  const watch = watches.get(track) ?? createWatch(track);
  watches.set(track, watch);
  watch.listeners.add(listener);
  const stop = () => {
    watch.listeners.delete(listener);
    if (watch.listeners.size === 0) watch.release();
  };
  signal.addEventListener('abort', stop, { once: true });
}

function createWatch(track: MediaStreamTrack): EnabledWatch {
  const listeners = new Set<EnabledListener>();
  const before = Object.getOwnPropertyDescriptor(track, 'enabled');
  const accessor = findAccessor(track, 'enabled');
  const notify = (enabled: boolean) => {
    for (const listener of [...listeners]) listener(enabled);
  };
  const set = (value: unknown) => {
    const enabled = Boolean(value);
    if (!enabled) notify(false);
    accessor?.set.call(track, enabled);
    if (enabled) notify(true);
  };
  const get = () => accessor?.get.call(track);
  if (accessor) Reflect.defineProperty(track, 'enabled', { configurable: true, enumerable: true, get, set });
  return {
    listeners,
    release() {
      // A script's newer accessor may depend on this one.
      if (Object.getOwnPropertyDescriptor(track, 'enabled')?.set !== set) return;
      watches.delete(track);
      if (before) Object.defineProperty(track, 'enabled', before);
      else Reflect.deleteProperty(track, 'enabled');
    },
  };
}

/** A property's getter and setter, on the object or its prototypes. */
function findAccessor(object: object, name: string) {
  for (let holder: object | null = object; holder; holder = Reflect.getPrototypeOf(holder)) {
    const { get, set } = Object.getOwnPropertyDescriptor(holder, name) ?? {};
    if (get && set) return { get, set };
  }
  return undefined;
}
