/** A camera made from a canvas, and a viewer for the processed track. */
import { LateError, within } from './limit';
import { pixelsOf } from './scene';

/** Frames a second. */
const RATE = 30;
/** The timeout for a frame, in milliseconds. */
const FRAME_TIMEOUT = 20_000;

/** A track that shows a still scene at 30 frames a second. */
export class SceneCamera {
  readonly track: MediaStreamTrack;
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(scene: HTMLCanvasElement) {
    const canvas = document.createElement('canvas');
    canvas.width = scene.width;
    canvas.height = scene.height;
    const context = canvas.getContext('2d', { alpha: false });
    const draw = () => context?.drawImage(scene, 0, 0);
    draw();
    const [track] = canvas.captureStream(RATE).getVideoTracks();
    if (!track) throw new Error('the canvas provides no track');
    this.track = track;
    this.#timer = setInterval(draw, 1000 / RATE);
  }

  /** Stops the frames. The track stays live. */
  halt(): void {
    clearInterval(this.#timer);
  }

  stop(): void {
    this.halt();
    this.track.stop();
  }
}

/** Plays a track and reads its frames as a user sees them. */
export class Viewer {
  readonly video = document.createElement('video');
  /** Rejects if the video cannot play. */
  readonly #failure: Promise<never>;

  constructor(track: MediaStreamTrack) {
    this.video.muted = true;
    this.video.playsInline = true;
    this.video.srcObject = new MediaStream([track]);
    const playing = this.video.play();
    this.#failure = new Promise((_, reject) => {
      playing.catch(reject);
    });
    // Only a caller that waits for a frame needs the error.
    this.#failure.catch(() => {});
  }

  /**
   * Resolves once the video shows another frame, the first one included.
   *
   * @throws {Error} after {@link FRAME_TIMEOUT} without a frame, or if the video cannot play
   * @throws the signal's reason once it aborts
   */
  next(signal: AbortSignal): Promise<void> {
    const { video } = this;
    const shown = new Promise<void>((resolve) => {
      video.requestVideoFrameCallback(() => {
        if (video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) return resolve();
        // Chromium may report the first frame before the video can be drawn, and would draw nothing.
        video.addEventListener('loadeddata', () => resolve(), { once: true });
      });
    });
    return within(Promise.race([shown, this.#failure]), FRAME_TIMEOUT, signal).catch((error: unknown) => {
      if (!(error instanceof LateError)) throw error;
      throw new Error(`the track provided no frame within ${FRAME_TIMEOUT / 1000} seconds`);
    });
  }

  /** The frame that the video shows. */
  read(width: number, height: number): ImageData {
    return pixelsOf(this.video, width, height);
  }

  close(): void {
    this.video.pause();
    this.video.srcObject = null;
  }
}
