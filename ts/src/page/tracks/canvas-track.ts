import { CycloramaError } from '../../shared/errors.js';
import type { Size } from '../../shared/frame.js';
import { notStarted, startWorker } from '../worker-script.js';
import { CameraLink, showsPictures } from './camera-link.js';
import { CameraVideo } from './camera-video.js';

/** What makes a picture of each frame. */
export interface FrameProducer {
  /**
   * Settles with a picture of the frame, which is closed once it is drawn, or with nothing to show. The frame may be
   * transferred; it is closed when the promise settles.
   */
  make(frame: ImageBitmap, info: FrameInfo): Promise<ImageBitmap | undefined>;
  /** Told of each frame that nothing was shown of. */
  drop(): void;
  /** Told of what works less well here than it could, in words for the app's developer. */
  warn?(message: string): void;
}

/** What a bitmap does not tell of its frame. */
export interface FrameInfo {
  /** When it was taken, in microseconds on the clock of `performance.now()`. */
  timestamp: number;
}

/** A track of pictures, and what they are made of. */
export interface CanvasTrack {
  readonly output: MediaStreamTrack;
  /** Whether the app has it switched on: it reads as off as well while its source is. */
  readonly wanted: boolean;
  /** Takes the frames of another live video track from now on. */
  take(track: MediaStreamTrack): void;
}

/** Between two looks at whether all still runs, in milliseconds. */
const WATCH_INTERVAL = 250;
/** For how long a source shows the same before it is looked at no oftener than that, in milliseconds. */
const STILL_AFTER = 1000;

/**
 * A track of the pictures that `maker` makes of a live video track, for browsers that neither take a track apart nor
 * put one together (Firefox): a `<video>` plays the one, a canvas that is captured is the other. Nothing is shown
 * before the first picture.
 *
 * One frame is in work at a time; of those that come meanwhile the newest is next and the others are dropped. A frame
 * is made once, except that the last one before the tab is hidden, or before the source comes to a halt, may be made
 * again.
 *
 * The result ends with `track` and with `signal`, is muted while `track` is, and black while that is muted or switched off. Stopping it leaves
 * `track` as it is; its clones show nothing new from then on.
 *
 * @throws {CycloramaError} `unsupported` where no canvas can be captured
 * @throws the reason of `signal` where that is aborted already
 */
export function processOnCanvas(
  track: MediaStreamTrack,
  maker: FrameProducer,
  signal: AbortSignal,
): CanvasTrack {
  signal.throwIfAborted();
  const { output, show, showBlack } = createOutput();
  const over = new AbortController();
  let source = track;
  let camera: CameraVideo;
  let watching = new AbortController();
  let working = false;
  /** Whether a frame waits, and whether it may be one that was taken before. */
  let waiting: 'new' | 'unsure' | undefined;
  let last: typeof waiting = 'unsure';
  /** When the video last told of a frame, and when there last was another picture, in milliseconds. */
  let [told, changed] = [performance.now(), performance.now()];
  /** Counts how often a camera was switched off. */
  let switchedOff = 0;

  const arrive = (next: 'new' | 'unsure') => {
    if (waiting) maker.drop();
    waiting = next;
    if (!working) void work();
  };
  const work = async () => {
    working = true;
    while (waiting && !over.signal.aborted) {
      // A camera that is switched off shows the same all the time.
      const compares = waiting === 'unsure' || last === 'unsure' || !showsPictures(source);
      last = waiting;
      waiting = undefined;
      await pass(compares);
    }
    working = false;
  };
  const pass = async (compares: boolean) => {
    let frame: ImageBitmap | undefined;
    const before = switchedOff;
    try {
      const timestamp = Math.round(performance.now() * 1000);
      frame = await camera.take();
      if (over.signal.aborted || (compares && !camera.isAnother(frame))) return;
      changed = performance.now();
      if (!showsPictures(source)) return showBlack(frame);
      const picture = await maker.make(frame, { timestamp });
      if (picture && before === switchedOff && !over.signal.aborted) show(picture);
      else maker.drop();
      picture?.close();
    } catch {
      // Why it could not be made is for the maker to tell.
      maker.drop();
    } finally {
      frame?.close();
    }
  };

  const enable = (enabled: boolean) => {
    if (enabled) {
      changed = performance.now();
      setPace();
      return arrive('unsure');
    }
    switchedOff += 1;
    camera.expectBlack();
    showBlack();
  };
  const isTold = () => !document.hidden && performance.now() - told < WATCH_INTERVAL;
  const setPace = () => {
    const still = performance.now() - changed > STILL_AFTER;
    timer.setInterval(still || isTold() ? WATCH_INTERVAL : camera.frameInterval());
  };
  const tick = () => {
    // Nobody is told of a track that was stopped rather than taken away.
    if (output.readyState === 'ended') return release();
    link.look();
    if (over.signal.aborted) return;
    camera.keepPlaying();
    if (camera.hasPicture() && !source.muted && !isTold()) arrive('unsure');
    setPace();
  };
  const release = () => {
    over.abort();
    watching.abort();
    link.stop();
    timer.stop();
    output.stop();
  };
  const end = () => {
    release();
    output.dispatchEvent(new Event('ended'));
  };

  const watch = (next: MediaStreamTrack) => {
    watching.abort();
    watching = new AbortController();
    const { signal } = watching;
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
    setPace();
  };

  hearScripts(output);
  const link = new CameraLink(track, output, { enable, end });
  const timer = new Timer(tick, (message) => maker.warn?.(message));
  const listening = { signal: over.signal };
  document.addEventListener('visibilitychange', setPace, listening);
  signal.addEventListener('abort', end, listening);
  watch(track);
  return {
    output,
    get wanted() {
      return link.wanted;
    },
    take(next) {
      link.follow(next);
      watch(next);
      // This camera may give no frame, and the canvas still shows the one before.
      if (!showsPictures(next)) enable(false);
    },
  };
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

/** A track of what is drawn, in its size, see-through where it is. */
function createOutput() {
  const canvas = document.createElement('canvas');
  // What is captured is read back: a canvas in memory spares it the way to the GPU.
  const context = canvas.getContext('2d', { willReadFrequently: true });
  // Each picture is asked for: at a rate of their own, browsers miss some and show others late.
  const stream = canvas.captureStream(0);
  const [output] = stream.getVideoTracks();
  if (!context || !output) throw new CycloramaError('unsupported', 'this browser captures no canvas');
  // Firefox has it on the stream.
  const capture = ('requestFrame' in output ? output : stream) as Partial<CanvasCaptureMediaStreamTrack>;
  const request = capture.requestFrame?.bind(capture);
  if (!request) throw new CycloramaError('unsupported', 'this browser captures no canvas');
  let size: Size | undefined;
  const draw = ({ width, height }: Size, paint: () => void) => {
    size = { width, height };
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    // Where a picture is see-through, the last one is not to be seen.
    context.globalCompositeOperation = 'copy';
    paint();
    request();
  };
  return {
    output,
    show: (picture: ImageBitmap) => draw(picture, () => context.drawImage(picture, 0, 0)),
    /** In the size of the last picture where none is said; before the first one that is none. */
    showBlack(black = size) {
      // The colour of a canvas's brush is black.
      if (black) draw(black, () => context.fillRect(0, 0, black.width, black.height));
    },
  };
}

/** Ticks at an interval that may change: in a worker, as those of pages go once a second while their tab is hidden. */
class Timer {
  readonly #tick: () => void;
  #worker: Worker | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #interval: number | undefined;

  /** @param warn told where there can be no worker, so that the page's own timer is used */
  constructor(tick: () => void, warn: (message: string) => void) {
    this.#tick = tick;
    const goWithout = (cause: CycloramaError) => {
      this.stop();
      this.#start();
      warn(
        `a processed track may stand still while its tab is hidden, as its timer is the page's: ${cause.message}`,
      );
    };
    try {
      const started = startWorker(
        () => new Worker(new URL('./timer-worker.js', import.meta.url), { type: 'module' }),
      );
      this.#worker = started.worker;
      started.worker.addEventListener('message', tick);
      started.worker.addEventListener('error', ({ message }) => goWithout(notStarted(started, message)));
    } catch (cause) {
      goWithout(CycloramaError.from(cause));
    }
  }

  /** In milliseconds. */
  setInterval(interval: number): void {
    if (interval === this.#interval) return;
    this.#interval = interval;
    this.#start();
  }

  stop(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    clearInterval(this.#timer);
  }

  #start(): void {
    clearInterval(this.#timer);
    if (this.#worker) this.#worker.postMessage(this.#interval);
    else this.#timer = setInterval(this.#tick, this.#interval);
  }
}
