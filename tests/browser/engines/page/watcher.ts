/** Inspects every frame of a track, from the first on. */

import { inspectFrame, pixelsOf } from './frame-content.ts';
import { type CameraName, isNear, paint, pause } from './scenes.ts';

/** How long a frame may take, in milliseconds: an engine starts slowly on a busy machine. */
const TIMEOUT = 30_000;

/** How far the person of a frame may be from the camera's, in levels: tracks may be carried in YUV. */
const KEPT = 8;

/**
 * What a frame shows: a camera's `person` before a color, one color alone, the wall behind a person (`leaked`), or something
 * that is always incorrect (`wrong`).
 */
export interface TrackFrame {
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
  readonly trackFrames: TrackFrame[] = [];
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
  async next(
    what: string,
    answer: (trackFrame: TrackFrame) => boolean,
    timeout = TIMEOUT,
  ): Promise<TrackFrame> {
    const from = this.trackFrames.length;
    const end = performance.now() + timeout;
    while (performance.now() < end) {
      const trackFrame = this.trackFrames.slice(from).find(answer);
      if (trackFrame) return trackFrame;
      await pause(20);
    }
    const seen = this.trackFrames
      .slice(from)
      .map(({ kind, camera, person }) => `${kind} ${camera} ${person.toFixed(1)}`);
    const play = this.#failure === undefined ? '' : `, play: ${this.#failure}`;
    throw new Error(
      `no frame of ${what} in ${timeout} ms; seen: ${seen.slice(-10).join(', ') || 'nothing'}${play}`,
    );
  }

  /** Resolves with the next frame of a camera's person, before a color if one is given. */
  person(camera: CameraName, back?: readonly number[], timeout?: number): Promise<TrackFrame> {
    const isIt = (trackFrame: TrackFrame) =>
      trackFrame.kind === 'person' &&
      trackFrame.camera === camera &&
      (!back || isNear(trackFrame.back, back));
    return this.next(`the person of camera ${camera}`, isIt, timeout);
  }

  close(): void {
    this.#video.srcObject = null;
    this.#video.remove();
  }

  #see(): void {
    const contents = this.#cameras.map(([camera, pixels]) => ({
      camera,
      ...inspectFrame(this.#video, pixels),
    }));
    const nearest = contents.reduce((best, content) => (content.person < best.person ? content : best));
    const wall = Math.max(...contents.map((content) => content.wall));
    const { camera, person, back, spread } = nearest;
    let kind: TrackFrame['kind'] = 'wrong';
    if (wall > 0.01) kind = 'leaked';
    else if (spread < 8) kind = 'one color';
    else if (person < KEPT) kind = 'person';
    this.trackFrames.push({ kind, camera, person, wall, back, at: performance.now() });
  }
}
