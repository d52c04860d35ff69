/** A camera made of a canvas, and a viewer of what becomes of its track. */
import { within } from './limit';
import { pixelsOf } from './scene';

/** Frames a second. */
const RATE = 30;
/** How long a viewer waits for a frame, in milliseconds. */
const PATIENCE = 20_000;

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
    if (!track) throw new Error('the canvas gives no track');
    this.track = track;
    this.#timer = setInterval(draw, 1000 / RATE);
  }

  /** Gives no more frames; the track stays live. */
  halt(): void {
    clearInterval(this.#timer);
  }

  stop(): void {
    this.halt();
    this.track.stop();
  }
}

/** Plays a track and reads the frames that a user sees. */
export class Viewer {
  readonly video = document.createElement('video');

  async show(track: MediaStreamTrack): Promise<void> {
    this.video.muted = true;
    this.video.playsInline = true;
    this.video.srcObject = new MediaStream([track]);
    await this.video.play();
  }

  /**
   * Resolves once the video shows another frame.
   *
   * @throws the signal's reason once that is aborted
   */
  next(signal: AbortSignal): Promise<void> {
    const shown = new Promise<void>((resolve) => {
      this.video.requestVideoFrameCallback(() => resolve());
    });
    return within(shown, PATIENCE, signal);
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
