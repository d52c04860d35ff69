/** What cameras see: the scene of the tests. Each camera has a different brightness. */
import { paintScene } from '../../sdk/helpers/scene.ts';

export const [WIDTH, HEIGHT] = [640, 360];

/** Frames per second of a camera: few enough for a software GPU. */
const RATE = 10;

/** How far two equal colors may be apart, in levels per channel. */
const SAME = 40;

/** Fractions of the scene's light, one for each camera. */
const LIGHTS = { a: 1, b: 0.8, c: 0.6 };
export type CameraName = keyof typeof LIGHTS;

/** The scene as one camera sees it. */
export function paint(camera: CameraName): Promise<HTMLCanvasElement> {
  return paintScene(WIDTH, HEIGHT, LIGHTS[camera]);
}

/** A camera before the scene, which does not move. */
export class Camera {
  readonly track: MediaStreamTrack;
  readonly #context: CanvasRenderingContext2D;
  #timer: ReturnType<typeof setInterval> | undefined;
  #count = 0;

  private constructor(track: MediaStreamTrack, context: CanvasRenderingContext2D) {
    this.track = track;
    this.#context = context;
  }

  static async open(name: CameraName): Promise<Camera> {
    const canvas = await paint(name);
    const [track] = canvas.captureStream().getVideoTracks();
    const context = canvas.getContext('2d');
    if (!track || !context) throw new Error('the canvas gave no track');
    const camera = new Camera(track, context);
    camera.#timer = setInterval(() => camera.#draw(), 1000 / RATE);
    return camera;
  }

  /** Stops giving frames. The track stays live. */
  halt(): void {
    clearInterval(this.#timer);
  }

  stop(): void {
    this.halt();
    this.track.stop();
  }

  /** A canvas gives a frame when it is drawn to. A small part changes, because no real camera repeats a frame. */
  #draw(): void {
    this.#count += 1;
    this.#context.fillStyle = this.#count % 2 ? '#ff00ff' : '#00ff00';
    this.#context.fillRect(0, HEIGHT - 4, 4, 4);
  }
}

/** The scene as Chromium encodes it: one second of VP9 in MP4, in base64. */
export async function recordScene(): Promise<string> {
  const camera = await Camera.open('a');
  const recorder = new MediaRecorder(new MediaStream([camera.track]), {
    mimeType: 'video/mp4;codecs=vp9',
    videoBitsPerSecond: 8_000_000,
  });
  const parts: Blob[] = [];
  recorder.addEventListener('dataavailable', ({ data }) => parts.push(data));
  const stopped = new Promise((resolve) => recorder.addEventListener('stop', resolve, { once: true }));
  recorder.start();
  await pause(1_000);
  recorder.stop();
  await stopped;
  camera.stop();
  const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

/**
 * Waits for the end of a track, at most ten seconds, and resolves with its state. WebKit ends a track that a worker made some
 * time after `stop()`.
 */
export async function ended(track: MediaStreamTrack): Promise<MediaStreamTrackState> {
  const end = performance.now() + 10_000;
  while (track.readyState === 'live' && performance.now() < end) await pause(20);
  return track.readyState;
}

/** Waits for a time in milliseconds. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Whether two colors look the same. */
export function isNear(a: readonly number[], b: readonly number[]): boolean {
  return [0, 1, 2].every((channel) => Math.abs((a[channel] ?? 0) - (b[channel] ?? 0)) <= SAME);
}
