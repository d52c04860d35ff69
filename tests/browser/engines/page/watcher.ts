/** Inspects every frame of a track, from the first on. */
import { type CameraName, isNear, paint, pause } from './scenes.ts';
import { look, pixelsOf } from './sight.ts';

/** How long a frame may take, in milliseconds: an engine starts slowly on a busy machine. */
const TIMEOUT = 30_000;

/** How far the person of a frame may be from the camera's, in levels: tracks may be carried in YUV. */
const KEPT = 8;

/**
 * What a frame shows: a camera's `person` before a color, one color alone, the wall behind a person (`leaked`), or something
 * that is always incorrect (`wrong`).
 */
export interface Glance {
  kind: 'person' | 'one color' | 'leaked' | 'wrong';
  /** The camera of the person, or the closest one. */
  camera: CameraName;
  /** Mean difference of the person from that camera's, in levels of 0 to 255. */
  person: number;
  /** The fraction of the wall that looks as in that camera. */
  wall: number;
  /** The mean color where the wall is. */
  back: number[];
  /** When the frame was inspected, in milliseconds since the page loaded. */
  at: number;
}

export class Watcher {
  /** Every frame so far. */
  readonly glances: Glance[] = [];
  readonly #video = Object.assign(document.createElement('video'), { muted: true, playsInline: true });
  readonly #cameras: [CameraName, ImageData][];
  #failure: unknown;

  private constructor(cameras: [CameraName, ImageData][]) {
    this.#cameras = cameras;
  }

  static async of(track: MediaStreamTrack): Promise<Watcher> {
    const cameras: [CameraName, ImageData][] = [];
    for (const name of ['a', 'b', 'c'] as const) cameras.push([name, pixelsOf(await paint(name))]);
    const watcher = new Watcher(cameras);
    const video = watcher.#video;
    const see = () => {
      watcher.#see();
      video.requestVideoFrameCallback(see);
    };
    video.requestVideoFrameCallback(see);
    document.body.append(video);
    video.srcObject = new MediaStream([track]);
    video.play().catch((cause) => {
      watcher.#failure = cause;
    });
    return watcher;
  }

  /**
   * Resolves with the next frame that matches.
   *
   * @throws {Error} if no frame matches in time. The message lists the frames.
   */
  async next(what: string, answer: (glance: Glance) => boolean, timeout = TIMEOUT): Promise<Glance> {
    const from = this.glances.length;
    const end = performance.now() + timeout;
    while (performance.now() < end) {
      const glance = this.glances.slice(from).find(answer);
      if (glance) return glance;
      await pause(20);
    }
    const seen = this.glances
      .slice(from)
      .map(({ kind, camera, person }) => `${kind} ${camera} ${person.toFixed(1)}`);
    const play = this.#failure === undefined ? '' : `, play: ${this.#failure}`;
    throw new Error(
      `no frame of ${what} in ${timeout} ms; seen: ${seen.slice(-10).join(', ') || 'nothing'}${play}`,
    );
  }

  /** Resolves with the next frame of a camera's person, before a color if one is given. */
  person(camera: CameraName, back?: readonly number[], timeout?: number): Promise<Glance> {
    const isIt = (glance: Glance) =>
      glance.kind === 'person' && glance.camera === camera && (!back || isNear(glance.back, back));
    return this.next(`the person of camera ${camera}`, isIt, timeout);
  }

  close(): void {
    this.#video.srcObject = null;
    this.#video.remove();
  }

  #see(): void {
    const sights = this.#cameras.map(([camera, pixels]) => ({ camera, ...look(this.#video, pixels) }));
    const nearest = sights.reduce((best, sight) => (sight.person < best.person ? sight : best));
    const wall = Math.max(...sights.map((sight) => sight.wall));
    const { camera, person, back, spread } = nearest;
    let kind: Glance['kind'] = 'wrong';
    if (wall > 0.01) kind = 'leaked';
    else if (spread < 8) kind = 'one color';
    else if (person < KEPT) kind = 'person';
    this.glances.push({ kind, camera, person, wall, back, at: performance.now() });
  }
}
