import {
  DefaultVideoTransformDevice,
  type EventController,
  NoOpLogger,
  type VideoFrameBuffer,
  type VideoFrameProcessor,
} from 'amazon-chime-sdk-js';
import { muteInput } from '../../../demo-chime/src/mute-input.js';
import { pause, readPixels } from './pixels.js';
import { countMarker, drawScene, loadAstronaut } from './scene.js';

/** Frames a second of the test's camera: few, as a software GPU is to keep up with them. */
export const FRAME_RATE = 3;

/** One frame on both sides of the processor under test. */
export interface Taken {
  input: ImageData;
  output: ImageData;
}

/** The Chime SDK's real pipeline around one processor, fed with the scene, with a tap at each side. */
export class Pipeline {
  /** What the SDK told its observer since the scene was in the pipeline, in order. */
  readonly told: string[] = [];
  /** How many frames came through. */
  frames = 0;
  #input: ImageData | undefined;
  #waiting: ((frame: Taken) => void)[] = [];
  readonly #device: DefaultVideoTransformDevice;
  readonly #canvas = document.createElement('canvas');
  #redraw: number | undefined;

  constructor(processor: VideoFrameProcessor, width = 640, height = 360) {
    this.#canvas.width = width;
    this.#canvas.height = height;
    const before = tap((picture) => {
      this.#input = picture;
    });
    const after = tap((output) => {
      this.frames += 1;
      const input = this.#input;
      if (!input || !output) return;
      for (const take of this.#waiting.splice(0)) take({ input, output });
    });
    this.#device = new DefaultVideoTransformDevice(new NoOpLogger(), 'scene', [before, processor, after]);
    muteInput(this.#device);
    this.#device.addObserver({
      processingDidStart: () => this.told.push('started'),
      processingDidFailToStart: () => this.told.push('failed to start'),
      processingDidStop: () => this.told.push('stopped'),
    });
  }

  /** Starts the scene and the pipeline; gives the SDK's output once the scene is in it. */
  async start(): Promise<MediaStream> {
    const context = this.#canvas.getContext('2d', { alpha: false });
    if (!context) throw new Error('there is no 2D context for the scene');
    const astronaut = await loadAstronaut();
    const draw = () => drawScene(context, astronaut, performance.now() / 1000);
    draw();
    this.#redraw = window.setInterval(draw, 1000 / FRAME_RATE);
    const stream = await this.#device.transformStream(this.#canvas.captureStream(FRAME_RATE));
    // The SDK begins with an empty canvas, before its video has a picture.
    while (countMarker((await this.next()).input) === 0);
    // A tap's first reading takes its time, and what the observer says of that is no news about the processor.
    await this.next();
    this.told.length = 0;
    return stream;
  }

  /** The next frame that comes through. */
  next(): Promise<Taken> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Hands collector and controller to the device, as a meeting does when a camera is chosen. */
  join(statsCollector: object, eventController: EventController): void {
    // Neither is public, and both are how they come to processors.
    const device = this.#device as unknown as {
      setStatsCollector(statsCollector: object): void;
      passEventControllerToProcessors(eventController: EventController): void;
    };
    device.setStatsCollector(statsCollector);
    device.passEventControllerToProcessors(eventController);
  }

  /** As an app stops it: the SDK destroys the processors, and nobody awaits that. */
  async stop(): Promise<void> {
    window.clearInterval(this.#redraw);
    await this.#device.stop();
    // Observers are told by a timer.
    await pause(50);
  }
}

/** A stage that shows each picture to `see`, `undefined` for an empty one, and passes it on. */
function tap(see: (picture: ImageData | undefined) => void): VideoFrameProcessor {
  return {
    async process(buffers: VideoFrameBuffer[]) {
      const [buffer] = buffers;
      const drawable = buffer && buffer.width > 0 && buffer.height > 0;
      see(drawable ? readPixels(await buffer.asCanvasImageSource(), buffer.width, buffer.height) : undefined);
      return buffers;
    },
    async destroy() {},
  };
}
