import { frameOf, type RawFormat } from '../sdk/helpers/raw-frames.js';
import { drawScene, loadAstronaut } from '../sdk/helpers/scene.js';

/** Frames per second: few enough for every backend. */
const RATE = 10;

/** The frames of the camera, in turn: the format, the size as shown in pixels, and the clockwise rotation in degrees. */
const SHAPES: readonly [format: RawFormat, width: number, height: number, rotation: 0 | 90 | 180 | 270][] = [
  ['I420', 320, 180, 0],
  ['NV12', 320, 180, 0],
  ['RGBA', 320, 180, 0],
  ['I420', 322, 182, 0],
  ['I420', 480, 270, 90],
  ['BGRA', 480, 270, 180],
  ['NV12', 320, 180, 270],
  ['I420', 320, 180, 180],
];

/** The scene as a track whose frames differ in format, size and rotation from one to the next. They look the same. */
export class ChangingCamera {
  readonly track: MediaStreamTrack;
  readonly #writer: WritableStreamDefaultWriter<VideoFrame>;
  readonly #timer: number;

  private constructor(frames: (number: number) => VideoFrame) {
    const generator = new MediaStreamTrackGenerator({ kind: 'video' });
    this.track = generator;
    this.#writer = generator.writable.getWriter();
    let number = 0;
    this.#timer = window.setInterval(() => {
      const frame = frames(number);
      number += 1;
      // The writer rejects once the track has ended. It closes each frame that it takes.
      this.#writer.write(frame).catch(() => frame.close());
    }, 1000 / RATE);
  }

  static async open(): Promise<ChangingCamera> {
    const astronaut = await loadAstronaut();
    return new ChangingCamera((number) => {
      const shape = SHAPES[number % SHAPES.length] as (typeof SHAPES)[number];
      return paint(astronaut, shape, (number / RATE) * 1_000_000);
    });
  }

  close(): void {
    clearInterval(this.#timer);
    this.track.stop();
  }
}

/** A frame whose pixels are turned against its rotation, so that it shows the scene as it is. */
function paint(
  astronaut: ImageBitmap,
  [format, width, height, rotation]: (typeof SHAPES)[number],
  timestamp: number,
): VideoFrame {
  const shown = document.createElement('canvas');
  [shown.width, shown.height] = [width, height];
  const context = shown.getContext('2d', { willReadFrequently: true });
  const [codedWidth, codedHeight] = rotation % 180 === 0 ? [width, height] : [height, width];
  const stored = new OffscreenCanvas(codedWidth, codedHeight).getContext('2d', { willReadFrequently: true });
  if (!context || !stored) throw new Error('the camera has no 2D context');
  drawScene(context, astronaut, 0);
  stored.translate(codedWidth / 2, codedHeight / 2);
  stored.rotate((-rotation * Math.PI) / 180);
  stored.drawImage(shown, -width / 2, -height / 2);
  return frameOf(stored.getImageData(0, 0, codedWidth, codedHeight), format, { timestamp, rotation });
}

declare class MediaStreamTrackGenerator extends MediaStreamTrack {
  constructor(init: { kind: 'video' });
  readonly writable: WritableStream<VideoFrame>;
}
