import {
  DefaultVideoTransformDevice,
  type EventController,
  NoOpLogger,
  type VideoFrameBuffer,
  type VideoFrameProcessor,
} from 'amazon-chime-sdk-js';
import { muteInput } from '../../../../demo-chime/src/shared/mute-input.js';
import { pause, readPixels } from '../helpers/pixels.js';
import { countMarker, drawScene, loadAstronaut } from '../helpers/scene.js';

/** Frames per second of the test's camera: few enough for a software GPU. */
export const FRAME_RATE = 3;

/** One frame before and after the processor under test. */
export interface Taken {
  input: ImageData;
  output: ImageData;
}

/** The Chime SDK's real pipeline around one processor. The scene is its input, and a tap records each side. */
export class Pipeline {
  /** The notifications of the SDK's observer since the scene was in the pipeline, in order. */
  readonly notifications: string[] = [];
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
    const before = tap((image) => {
      this.#input = image;
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
      processingDidStart: () => this.notifications.push('started'),
      processingDidFailToStart: () => this.notifications.push('failed to start'),
      processingDidStop: () => this.notifications.push('stopped'),
    });
  }

  /** Starts the scene and the pipeline. Returns the SDK's output once the scene is in it. */
  async start(): Promise<MediaStream> {
    const context = this.#canvas.getContext('2d', { alpha: false });
    if (!context) throw new Error('there is no 2D context for the scene');
    const astronaut = await loadAstronaut();
    const draw = () => drawScene(context, astronaut, performance.now() / 1000);
    draw();
    this.#redraw = window.setInterval(draw, 1000 / FRAME_RATE);
    const stream = await this.#device.transformStream(this.#canvas.captureStream(FRAME_RATE));
    // The SDK starts with an empty canvas, before its video has a frame.
    while (countMarker((await this.next()).input) === 0);
    // A tap's first read is slow. The observer's notifications about that do not concern the processor.
    await this.next();
    this.notifications.length = 0;
    return stream;
  }

  /** The next frame that comes through. */
  next(): Promise<Taken> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Passes collector and controller to the device, as a meeting does when a camera is chosen. */
  join(statsCollector: object, eventController: EventController): void {
    // Neither method is public, but both are how processors receive these objects.
    const device = this.#device as unknown as {
      setStatsCollector(statsCollector: object): void;
      passEventControllerToProcessors(eventController: EventController): void;
    };
    device.setStatsCollector(statsCollector);
    device.passEventControllerToProcessors(eventController);
  }

  /** Stops as an app does: the SDK destroys the processors without awaiting them. */
  async stop(): Promise<void> {
    window.clearInterval(this.#redraw);
    await this.#device.stop();
    // A timer notifies observers.
    await pause(50);
  }
}

/** A stage that passes each image to `see`, `undefined` for an empty one, and forwards it. */
function tap(see: (image: ImageData | undefined) => void): VideoFrameProcessor {
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
