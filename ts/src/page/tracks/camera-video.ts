import type { EngineImage } from '../../shared/engine-types.js';

/** The frame rate of a track that does not report its own. */
const DEFAULT_FRAME_RATE = 30;

/** A `<video>` outside the document, which browsers keep playing in hidden tabs. */
export class CameraVideo {
  readonly #track: MediaStreamTrack;
  readonly #element = document.createElement('video');
  readonly #fingerprint = new Fingerprint();

  constructor(track: MediaStreamTrack) {
    this.#track = track;
    this.#element.muted = true;
    this.#element.playsInline = true;
    this.#element.srcObject = new MediaStream([track]);
    this.keepPlaying();
  }

  /** Plays again if the browser has paused it. */
  keepPlaying(): void {
    if (this.#element.paused) this.#element.play().catch(() => {});
  }

  hasFrame(): boolean {
    return this.#element.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
  }

  /** The time between two frames, in milliseconds. */
  frameInterval(): number {
    return 1000 / (this.#track.getSettings().frameRate || DEFAULT_FRAME_RATE);
  }

  /**
   * Calls the listener for each frame. Does nothing in browsers without `requestVideoFrameCallback`, which
   * need a timer.
   */
  onFrame(signal: AbortSignal, listener: () => void): void {
    if (!('requestVideoFrameCallback' in this.#element)) return;
    const call = () => {
      if (signal.aborted) return;
      this.#element.requestVideoFrameCallback(call);
      listener();
    };
    this.#element.requestVideoFrameCallback(call);
  }

  /** The current frame. It is a bitmap because Firefox converts a `VideoFrame` again at each drawing. */
  take(): Promise<ImageBitmap> {
    return createImageBitmap(this.#element);
  }

  /** The current frame, with a timestamp in microseconds. */
  takeVideoFrame(timestamp: number): VideoFrame {
    return new VideoFrame(this.#element, { timestamp });
  }

  /**
   * Whether a frame differs from that of the last call. The video's clock advances between frames, and
   * Firefox does not count frames.
   */
  isAnother(frame: EngineImage): boolean {
    return this.#fingerprint.update(frame);
  }

  /** Compares the next frame with black. */
  expectBlack(): void {
    this.#fingerprint.blacken();
  }

  close(): void {
    this.#element.pause();
    this.#element.srcObject = null;
  }
}

/** A few pixels of an image, which identify a frame because a camera's noise differs in each one. */
class Fingerprint {
  static readonly #WIDTH = 64;
  static readonly #HEIGHT = 36;
  readonly #context = new OffscreenCanvas(Fingerprint.#WIDTH, Fingerprint.#HEIGHT).getContext('2d', {
    alpha: false,
    willReadFrequently: true,
  });
  #pixels = new Uint8ClampedArray();

  /** Stores an image's pixels. Returns whether they differ from the last ones. */
  update(image: EngineImage): boolean {
    const context = this.#context;
    if (!context) return true;
    const { width, height } = context.canvas;
    // Sampling is faster than averaging, and keeps the noise.
    context.imageSmoothingEnabled = false;
    context.drawImage(image, 0, 0, width, height);
    const last = this.#pixels;
    this.#pixels = context.getImageData(0, 0, width, height).data;
    return this.#pixels.some((level, index) => level !== last[index]);
  }

  /** Stores the pixels of a black image. */
  blacken(): void {
    const pixels = 4 * Fingerprint.#WIDTH * Fingerprint.#HEIGHT;
    this.#pixels = Uint8ClampedArray.from({ length: pixels }, (_, index) => (index % 4 === 3 ? 255 : 0));
  }
}
