/** Where a track does not tell its own rate. */
const FRAMES_PER_SECOND = 30;

/** A `<video>` in no document, which browsers keep playing in hidden tabs. */
export class CameraVideo {
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

  /** Calls for each frame. Browsers without `requestVideoFrameCallback` leave that to the caller's timer. */
  onFrame(signal: AbortSignal, listener: () => void): void {
    if (!('requestVideoFrameCallback' in this.#element)) return;
    const call = () => {
      if (signal.aborted) return;
      this.#element.requestVideoFrameCallback(call);
      listener();
    };
    this.#element.requestVideoFrameCallback(call);
  }

  /** What the video shows. Firefox would convert a `VideoFrame` of it again at each use. */
  take(): Promise<ImageBitmap> {
    return createImageBitmap(this.#element);
  }

  /**
   * Whether a frame looks different from the one that this was last asked of. The video's clock runs on between frames,
   * and Firefox counts them nowhere.
   */
  isAnother(frame: ImageBitmap): boolean {
    return this.#print.update(frame);
  }

  /** A frame is another one from now on if it is not black. */
  expectBlack(): void {
    this.#print.blacken();
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
  update(picture: ImageBitmap): boolean {
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

  /** Takes those of a black picture. */
  blacken(): void {
    const pixels = 4 * Fingerprint.#WIDTH * Fingerprint.#HEIGHT;
    this.#pixels = Uint8ClampedArray.from({ length: pixels }, (_, index) => (index % 4 === 3 ? 255 : 0));
  }
}
