/** What is done about a camera's changes. */
export interface CameraListener {
  /** Whether the camera shows pictures has changed: see {@link showsPictures}. */
  enable(enabled: boolean): void;
  /** The camera has ended, whoever ended it. */
  end(): void;
}

/**
 * Whether a track shows pictures: it is enabled and not muted. A privacy switch, a closed lid or another app on a phone mutes a
 * camera. The far side of a call then sees black: <https://www.w3.org/TR/webrtc/#rtcrtpsender-interface>. The camera may give no
 * black frame itself, so the last picture of a person would stay.
 */
export function showsPictures({ enabled, muted }: MediaStreamTrack): boolean {
  return enabled && !muted;
}

/** Passes on to a track what becomes of the camera that it is made of. */
export class CameraLink {
  readonly #output: MediaStreamTrack;
  readonly #listener: CameraListener;
  #source: MediaStreamTrack;
  #following = new AbortController();
  /** The last value that the listener got. */
  #shows = true;
  /** The mute that the output last reported. */
  #muted: boolean;
  #hint: string | undefined;
  /** The output's own `enabled`: what the app wants, whatever the camera is. */
  readonly #own: ReturnType<typeof findAccessor>;

  constructor(source: MediaStreamTrack, output: MediaStreamTrack, listener: CameraListener) {
    this.#output = output;
    this.#listener = listener;
    this.#source = source;
    this.#muted = source.muted;
    const own = findAccessor(output, 'enabled');
    this.#own = own;
    if (own) {
      Object.defineProperty(output, 'enabled', {
        configurable: true,
        enumerable: true,
        get: () => this.wanted && this.#source.enabled,
        set: (enabled: unknown) => own.set.call(output, enabled),
      });
    }
    Object.defineProperty(output, 'muted', { configurable: true, get: () => this.#source.muted });
    this.follow(source);
  }

  /** Whether the app has the output switched on, which is black while the camera is off all the same. */
  get wanted(): boolean {
    return this.#own ? this.#own.get.call(this.#output) === true : this.#output.enabled;
  }

  /** Follows another camera. The listener hears of it only once it changes. */
  follow(source: MediaStreamTrack): void {
    this.#following.abort();
    this.#following = new AbortController();
    const { signal } = this.#following;
    this.#source = source;
    this.#shows = showsPictures(source);
    watchEnabled(source, (enabled) => this.#tell(enabled), signal);
    source.addEventListener('ended', () => this.#listener.end(), { signal });
    for (const type of ['mute', 'unmute']) source.addEventListener(type, () => this.look(), { signal });
    this.#passMuted();
    this.#passHint();
  }

  /** Reads the camera's state. An interval calls this too, for changes without an event. */
  look(): void {
    if (this.#source.readyState === 'ended') {
      this.#listener.end();
      return;
    }
    this.#tell(this.#source.enabled);
    this.#passMuted();
    this.#passHint();
  }

  stop(): void {
    this.#following.abort();
  }

  #tell(enabled: boolean): void {
    const shows = enabled && !this.#source.muted;
    if (shows === this.#shows) return;
    this.#shows = shows;
    this.#listener.enable(shows);
  }

  #passMuted(): void {
    const { muted } = this.#source;
    if (muted === this.#muted) return;
    this.#muted = muted;
    this.#output.dispatchEvent(new Event(muted ? 'mute' : 'unmute'));
  }

  /** An app may well set a hint of its own, which another one of the camera's replaces. */
  #passHint(): void {
    // Firefox has none.
    const { contentHint } = this.#source as Partial<MediaStreamTrack>;
    if (contentHint === undefined || contentHint === this.#hint) return;
    this.#hint = contentHint;
    this.#output.contentHint = contentHint;
  }
}

type EnabledListener = (enabled: boolean) => void;

/** An accessor in front of a track's own. */
interface Trap {
  readonly listeners: Set<EnabledListener>;
  release(): void;
}

const traps = new WeakMap<MediaStreamTrack, Trap>();

/**
 * Tells when a script switches a track on or off: off before that is done and on afterwards, so that no black frame comes
 * between the two. No event tells this, and a look now and then comes up to a second late in a hidden tab, for which a person
 * who has just switched the camera off would be sent on. So the track has an accessor of its own in front of its prototype's for as
 * long as anybody listens. Where a track takes none, nothing is told.
 */
function watchEnabled(track: MediaStreamTrack, listener: EnabledListener, signal: AbortSignal): void {
  const trap = traps.get(track) ?? setTrap(track);
  traps.set(track, trap);
  trap.listeners.add(listener);
  const stop = () => {
    trap.listeners.delete(listener);
    if (trap.listeners.size === 0) trap.release();
  };
  signal.addEventListener('abort', stop, { once: true });
}

function setTrap(track: MediaStreamTrack): Trap {
  const listeners = new Set<EnabledListener>();
  const before = Object.getOwnPropertyDescriptor(track, 'enabled');
  const accessor = findAccessor(track, 'enabled');
  const tell = (enabled: boolean) => {
    for (const listener of [...listeners]) listener(enabled);
  };
  const set = (value: unknown) => {
    const enabled = Boolean(value);
    if (!enabled) tell(false);
    accessor?.set.call(track, enabled);
    if (enabled) tell(true);
  };
  const get = () => accessor?.get.call(track);
  if (accessor) Reflect.defineProperty(track, 'enabled', { configurable: true, enumerable: true, get, set });
  return {
    listeners,
    release() {
      // An accessor that somebody else has put in front since needs this one.
      if (Object.getOwnPropertyDescriptor(track, 'enabled')?.set !== set) return;
      traps.delete(track);
      if (before) Object.defineProperty(track, 'enabled', before);
      else Reflect.deleteProperty(track, 'enabled');
    },
  };
}

/** A property's getter and setter, wherever an object has them. */
function findAccessor(object: object, name: string) {
  for (let holder: object | null = object; holder; holder = Reflect.getPrototypeOf(holder)) {
    const { get, set } = Object.getOwnPropertyDescriptor(holder, name) ?? {};
    if (get && set) return { get, set };
  }
  return undefined;
}
