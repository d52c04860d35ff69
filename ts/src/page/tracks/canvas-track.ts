import type { EngineImage } from '../../shared/engine-types.js';
import { CycloramaError } from '../../shared/errors.js';
import { frameSize, type Size } from '../../shared/frame.js';
import { notStarted, startWorker } from '../worker-script.js';
import { CameraLink, providesImages } from './camera-link.js';
import { CameraVideo } from './camera-video.js';

/** Processes single frames. */
export interface FrameProducer {
  /**
   * Whether frames should be `VideoFrame`s, as for backend `cpu`, which reads their planes. In Firefox 153 this
   * saves 3 ms for the bitmap and 5 ms for its copy, at 1280x720.
   */
  readonly prefersVideoFrames?: boolean;
  /**
   * Resolves with the processed image, which is closed once it is drawn, or with `undefined` if nothing is
   * shown. The frame may be transferred. It is closed when the promise settles.
   */
  make(frame: EngineImage, info: FrameInfo): Promise<EngineImage | undefined>;
  /** Called for each frame that was not shown. */
  drop(): void;
  /** Receives log messages about degraded operation. */
  warn?(message: string): void;
}

/** Properties of a frame that a bitmap lacks. */
export interface FrameInfo {
  /** The capture time in microseconds, on the clock of `performance.now()`. */
  timestamp: number;
}

/** A captured canvas, and control over its camera. */
export interface CanvasTrack {
  readonly output: MediaStreamTrack;
  /**
   * Whether the app has the output enabled. Its `enabled` also reads `false` while the source is disabled.
   */
  readonly isEnabled: boolean;
  /** Switches to another live video track. */
  take(track: MediaStreamTrack): void;
}

/** The interval for polling changes without an event, in milliseconds. */
const POLL_INTERVAL = 250;
/** After this time without a new frame, a source is only polled at that interval. In milliseconds. */
const STILL_AFTER = 1000;

/**
 * Processes a live video track in browsers without streams of tracks (Firefox). A `<video>` plays the track,
 * and a captured canvas is the output. The output shows nothing before the first frame.
 *
 * One frame is processed at a time. Of the frames that arrive meanwhile, the newest is next and the others
 * are dropped. Each frame is processed once. Only the last one before the tab is hidden or the source stops
 * may be processed again.
 *
 * The output ends with `track` and with `signal`. It is muted while `track` is muted, and black while `track`
 * is muted or disabled. Stopping it leaves `track` live, but clones of the output then show nothing new.
 *
 * @throws {CycloramaError} `unsupported` if no canvas can be captured
 * @throws the reason of `signal` if it is already aborted
 */
export function processOnCanvas(
  track: MediaStreamTrack,
  producer: FrameProducer,
  signal: AbortSignal,
): CanvasTrack {
  signal.throwIfAborted();
  const { output, show, showBlack } = createOutput();
  const ended = new AbortController();
  let source = track;
  let camera: CameraVideo;
  let watching = new AbortController();
  let working = false;
  /** Whether a frame is queued, and whether it may be the same as the last one. */
  let queued: 'new' | 'unsure' | undefined;
  let last: typeof queued = 'unsure';
  /** When the video last reported a frame, and when a frame last differed, in milliseconds. */
  let [notified, changed] = [performance.now(), performance.now()];
  /** How many times a camera was disabled. */
  let disabledCount = 0;

  const arrive = (next: 'new' | 'unsure') => {
    if (queued) producer.drop();
    queued = next;
    if (!working) void work();
  };
  const work = async () => {
    working = true;
    while (queued && !ended.signal.aborted) {
      // A disabled camera shows the same frame all the time.
      const mustCompare = queued === 'unsure' || last === 'unsure' || !providesImages(source);
      last = queued;
      queued = undefined;
      await pass(mustCompare);
    }
    working = false;
  };
  const pass = async (mustCompare: boolean) => {
    let frame: EngineImage | undefined;
    let image: EngineImage | undefined;
    const before = disabledCount;
    try {
      const timestamp = Math.round(performance.now() * 1000);
      frame = producer.prefersVideoFrames ? camera.takeVideoFrame(timestamp) : await camera.take();
      if (ended.signal.aborted || (mustCompare && !camera.isAnother(frame))) return;
      changed = performance.now();
      if (!providesImages(source)) return showBlack(frameSize(frame));
      image = await producer.make(frame, { timestamp });
      if (image && before === disabledCount && !ended.signal.aborted) show(image);
      else producer.drop();
    } catch {
      // The producer reports its errors.
      producer.drop();
    } finally {
      image?.close();
      frame?.close();
    }
  };

  const enable = (enabled: boolean) => {
    if (enabled) {
      changed = performance.now();
      setPace();
      return arrive('unsure');
    }
    disabledCount += 1;
    camera.expectBlack();
    showBlack();
  };
  const isNotified = () => !document.hidden && performance.now() - notified < POLL_INTERVAL;
  const setPace = () => {
    const isStill = performance.now() - changed > STILL_AFTER;
    timer.setInterval(isStill || isNotified() ? POLL_INTERVAL : camera.frameInterval());
  };
  const tick = () => {
    // A track that the app stopped dispatches no event.
    if (output.readyState === 'ended') return release();
    link.poll();
    if (ended.signal.aborted) return;
    camera.keepPlaying();
    if (camera.hasFrame() && !source.muted && !isNotified()) arrive('unsure');
    setPace();
  };
  const release = () => {
    ended.abort();
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
      // A hidden tab gets this callback about once a second. The timer does its work.
      if (document.hidden) return;
      // After a pause the timer may already have processed this frame.
      arrive(performance.now() - notified > POLL_INTERVAL / 2 ? 'unsure' : 'new');
      notified = performance.now();
    });
    setPace();
  };

  receiveScriptEvents(output);
  const link = new CameraLink(track, output, { enable, end });
  const timer = new Timer(tick, (message) => producer.warn?.(message));
  const listening = { signal: ended.signal };
  document.addEventListener('visibilitychange', setPace, listening);
  signal.addEventListener('abort', end, listening);
  watch(track);
  return {
    output,
    get isEnabled() {
      return link.isEnabled;
    },
    take(next) {
      link.follow(next);
      watch(next);
      // This camera may deliver no frame, and the canvas still shows the last camera.
      if (!providesImages(next)) enable(false);
    },
  };
}

/**
 * Lets a track's listeners receive events that scripts dispatch. Firefox withholds these unless a listener is
 * added with a parameter that only Firefox has (`wantsUntrusted`).
 */
export function receiveScriptEvents(track: MediaStreamTrack): void {
  const { addEventListener } = track;
  track.addEventListener = (...[type, listener, options]: Parameters<typeof addEventListener>) =>
    Reflect.apply(addEventListener, track, [type, listener, options ?? false, true]);
}

/** Creates the output track of a canvas, with the size and the alpha of the drawn images. */
function createOutput() {
  const canvas = document.createElement('canvas');
  // Capturing reads the canvas back, so a canvas in memory saves the transfer to the GPU.
  const context = canvas.getContext('2d', { willReadFrequently: true });
  // Frames are requested one by one. At an automatic rate browsers miss some and show others late.
  const stream = canvas.captureStream(0);
  const [output] = stream.getVideoTracks();
  if (!context || !output) throw new CycloramaError('unsupported', 'this browser cannot capture a canvas');
  // Firefox has the method on the stream.
  const capture = ('requestFrame' in output ? output : stream) as Partial<CanvasCaptureMediaStreamTrack>;
  const request = capture.requestFrame?.bind(capture);
  if (!request) throw new CycloramaError('unsupported', 'this browser cannot capture a canvas');
  let size: Size | undefined;
  const draw = ({ width, height }: Size, paint: () => void) => {
    size = { width, height };
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    // A transparent image must not show the last one below it.
    context.globalCompositeOperation = 'copy';
    paint();
    request();
  };
  return {
    output,
    show: (image: EngineImage) => draw(frameSize(image), () => context.drawImage(image, 0, 0)),
    /** Draws black at a given size or the last image's. Does nothing before the first image. */
    showBlack(black = size) {
      // The default fill style is black.
      if (black) draw(black, () => context.fillRect(0, 0, black.width, black.height));
    },
  };
}

/**
 * A timer with a variable interval. It runs in a worker because hidden tabs throttle the page's timers to one
 * per second.
 */
class Timer {
  readonly #tick: () => void;
  #worker: Worker | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #interval: number | undefined;

  /** @param warn receives a message if no worker starts and the page's timer is used */
  constructor(tick: () => void, warn: (message: string) => void) {
    this.#tick = tick;
    const fallBack = (cause: CycloramaError) => {
      this.stop();
      this.#start();
      warn(
        `the processed track may freeze while its tab is hidden, because its timer runs on the page: ${cause.message}`,
      );
    };
    try {
      const started = startWorker(
        () => new Worker(new URL('./timer-worker.js', import.meta.url), { type: 'module' }),
      );
      this.#worker = started.worker;
      started.worker.addEventListener('message', tick);
      started.worker.addEventListener('error', ({ message }) => fallBack(notStarted(started, message)));
    } catch (cause) {
      fallBack(CycloramaError.from(cause));
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
