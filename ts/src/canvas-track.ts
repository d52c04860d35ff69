import { CycloramaError } from './errors.js';

/** What makes a picture of each frame. */
export interface PictureMaker {
  /**
   * Settles with a picture of the frame, which is closed once it is drawn, or with nothing to show. The frame may be
   * transferred; it is closed when the promise settles.
   */
  make(frame: VideoFrame | ImageBitmap, info: FrameInfo): Promise<ImageBitmap | undefined>;
  /** Told of each frame that nothing was shown of. */
  drop(): void;
}

/** What is known of a frame, whichever type it has. */
export interface FrameInfo {
  /** When it was taken, in microseconds on the clock of `performance.now()`. */
  timestamp: number;
}

/** A track of pictures, and what they are made of. */
export interface CanvasTrack {
  readonly output: MediaStreamTrack;
  /** Takes the frames of another live video track from now on. */
  take(track: MediaStreamTrack): void;
}

/** Between two looks at whether all still runs, in milliseconds. */
const WATCH_INTERVAL = 250;
/** For how long a source shows the same before it is looked at no oftener than that, in milliseconds. */
const STILL_AFTER = 1000;
/** Where a track does not tell its own rate. */
const FRAMES_PER_SECOND = 30;

/**
 * A track of the pictures that `maker` makes of a live video track, for browsers that neither take a track apart nor
 * put one together (Firefox): a `<video>` plays the one, a canvas that is captured is the other. Nothing is shown
 * before the first picture.
 *
 * One frame is in work at a time; of those that come meanwhile the newest is next and the others are dropped. A frame
 * is made once, except that the last one before the tab is hidden, or before the source comes to a halt, may be made
 * again.
 *
 * The result ends with `track` and with `signal`, and is muted while `track` is. Stopping it leaves `track` as it is;
 * its clones show nothing new from then on.
 *
 * @throws {CycloramaError} `unsupported` where no canvas can be captured
 * @throws the reason of `signal` where that is aborted already
 */
export function processOnCanvas(
  track: MediaStreamTrack,
  maker: PictureMaker,
  signal: AbortSignal,
): CanvasTrack {
  signal.throwIfAborted();
  const { output, show } = createOutput();
  const timer = new Worker(new URL('./timer-worker.js', import.meta.url), { type: 'module' });
  const over = new AbortController();
  let source: MediaStreamTrack;
  let camera: CameraVideo;
  let following = new AbortController();
  let working = false;
  /** Whether a frame waits, and whether it may be one that was taken before. */
  let waiting: 'new' | 'unsure' | undefined;
  let last: typeof waiting = 'unsure';
  /** When the video last told of a frame, and when there last was another picture, in milliseconds. */
  let [told, changed] = [performance.now(), performance.now()];

  const arrive = (next: 'new' | 'unsure') => {
    if (waiting) maker.drop();
    waiting = next;
    if (!working) void work();
  };
  const work = async () => {
    working = true;
    while (waiting && !over.signal.aborted) {
      const compares = waiting === 'unsure' || last === 'unsure';
      last = waiting;
      waiting = undefined;
      await pass(compares);
    }
    working = false;
  };
  const pass = async (compares: boolean) => {
    let frame: VideoFrame | ImageBitmap | undefined;
    try {
      const timestamp = Math.round(performance.now() * 1000);
      frame = await camera.take(timestamp);
      if (compares && !camera.isAnother(frame)) return;
      changed = performance.now();
      const picture = await maker.make(frame, { timestamp });
      if (picture && !over.signal.aborted) show(picture);
      else maker.drop();
      picture?.close();
    } catch {
      // Why it could not be made is for the maker to tell.
      maker.drop();
    } finally {
      frame?.close();
    }
  };

  const isTold = () => !document.hidden && performance.now() - told < WATCH_INTERVAL;
  let pace: number | undefined;
  const setPace = () => {
    const still = performance.now() - changed > STILL_AFTER;
    const next = still || isTold() ? WATCH_INTERVAL : camera.frameInterval();
    if (next !== pace) timer.postMessage(next);
    pace = next;
  };
  const tick = () => {
    // Nobody is told of a track that was stopped rather than taken away.
    if (output.readyState === 'ended') return release();
    if (source.readyState === 'ended') return end();
    camera.keepPlaying();
    if (camera.hasPicture() && !source.muted && !isTold()) arrive('unsure');
    setPace();
  };
  const release = () => {
    over.abort();
    following.abort();
    timer.terminate();
    output.stop();
  };
  const end = () => {
    release();
    output.dispatchEvent(new Event('ended'));
  };

  const take = (next: MediaStreamTrack) => {
    following.abort();
    following = new AbortController();
    const { signal } = following;
    source = next;
    const video = new CameraVideo(next);
    camera = video;
    signal.addEventListener('abort', () => video.close(), { once: true });
    camera.onFrame(signal, () => {
      // A hidden tab gets this about once a second, between the ticks that do the work there.
      if (document.hidden) return;
      // After a pause the timer will soon ask whether this is still the picture.
      arrive(performance.now() - told > WATCH_INTERVAL / 2 ? 'unsure' : 'new');
      told = performance.now();
    });
    next.addEventListener('ended', end, { signal });
    for (const type of ['mute', 'unmute']) {
      next.addEventListener(type, () => output.dispatchEvent(new Event(type)), { signal });
    }
    setPace();
  };

  const listening = { signal: over.signal };
  timer.addEventListener('message', tick, listening);
  document.addEventListener('visibilitychange', setPace, listening);
  signal.addEventListener('abort', end, listening);
  hearScripts(output);
  Object.defineProperty(output, 'muted', { get: () => source.muted });
  take(track);
  return { output, take };
}

/**
 * Lets the listeners of a track have the events that a script dispatches: Firefox keeps these from a track's listeners,
 * unless they are added with a parameter that only Firefox has.
 */
export function hearScripts(track: MediaStreamTrack): void {
  const { addEventListener } = track;
  track.addEventListener = (...[type, listener, options]: Parameters<typeof addEventListener>) =>
    Reflect.apply(addEventListener, track, [type, listener, options ?? false, true]);
}

/** A track of what is drawn, in its size. */
function createOutput() {
  const canvas = document.createElement('canvas');
  // What is captured is read back: a canvas in memory spares it the way to the GPU.
  const context = canvas.getContext('2d', { alpha: false, willReadFrequently: true });
  // Each picture is asked for: at a rate of their own, browsers miss some and show others late.
  const stream = canvas.captureStream(0);
  const [output] = stream.getVideoTracks();
  if (!context || !output) throw new CycloramaError('unsupported', 'this browser captures no canvas');
  // Firefox has it on the stream.
  const capture = ('requestFrame' in output ? output : stream) as Pick<
    CanvasCaptureMediaStreamTrack,
    'requestFrame'
  >;
  const show = (picture: ImageBitmap) => {
    const { width, height } = picture;
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    context.drawImage(picture, 0, 0);
    capture.requestFrame();
  };
  return { output, show };
}

/** A `<video>` in no document, which browsers keep playing in hidden tabs. */
class CameraVideo {
  readonly #track: MediaStreamTrack;
  readonly #element = document.createElement('video');
  readonly #print = new Fingerprint();

  constructor(track: MediaStreamTrack) {
    this.#track = track;
    this.#element.muted = true;
    this.#element.playsInline = true;
    this.#element.srcObject = new MediaStream([track]);
    this.keepPlaying();
  }

  /** Plays on where the browser did not want to, or does not any more. */
  keepPlaying(): void {
    if (this.#element.paused) this.#element.play().catch(() => {});
  }

  hasPicture(): boolean {
    return this.#element.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
  }

  /** Between two frames, in milliseconds. */
  frameInterval(): number {
    return 1000 / (this.#track.getSettings().frameRate || FRAMES_PER_SECOND);
  }

  onFrame(signal: AbortSignal, listener: () => void): void {
    const call = () => {
      if (signal.aborted) return;
      this.#element.requestVideoFrameCallback(call);
      listener();
    };
    this.#element.requestVideoFrameCallback(call);
  }

  /** What the video shows; the timestamp is in microseconds. */
  async take(timestamp: number): Promise<VideoFrame | ImageBitmap> {
    // Firefox for Android has no VideoFrame.
    return typeof VideoFrame === 'undefined'
      ? createImageBitmap(this.#element)
      : new VideoFrame(this.#element, { timestamp });
  }

  /**
   * Whether a frame looks different from the one that this was last asked of. The video's clock runs on between frames,
   * and Firefox counts them nowhere.
   */
  isAnother(frame: VideoFrame | ImageBitmap): boolean {
    return this.#print.update(frame);
  }

  close(): void {
    this.#element.pause();
    this.#element.srcObject = null;
  }
}

/** A few pixels of a picture, by which it is known again: the noise of a camera makes each frame another. */
class Fingerprint {
  static readonly #WIDTH = 64;
  static readonly #HEIGHT = 36;
  readonly #context = new OffscreenCanvas(Fingerprint.#WIDTH, Fingerprint.#HEIGHT).getContext('2d', {
    alpha: false,
    willReadFrequently: true,
  });
  #pixels = new Uint8ClampedArray();

  /** Takes a picture's, and says whether it is another than the last. */
  update(picture: VideoFrame | ImageBitmap): boolean {
    const context = this.#context;
    if (!context) return true;
    const { width, height } = context.canvas;
    // Single pixels are quicker to have than means, and noise is not evened out.
    context.imageSmoothingEnabled = false;
    context.drawImage(picture, 0, 0, width, height);
    const last = this.#pixels;
    this.#pixels = context.getImageData(0, 0, width, height).data;
    return this.#pixels.some((level, index) => level !== last[index]);
  }
}
