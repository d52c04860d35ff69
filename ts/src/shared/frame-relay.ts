import type { EngineImage } from './engine-types.js';
import { isVideoFrame } from './platform-objects.js';

/** Transforms frames. */
export interface FrameTransformer {
  /**
   * Resolves with the output of a frame, or with `undefined` while there is no output. The frame has the timestamp of the output. The
   * caller closes it.
   */
  make(frame: VideoFrame): Promise<MadeFrame | undefined>;
  /** Called for each arriving frame, including those dropped later. */
  arrive(frame: VideoFrame): void;
  /** Called for each frame without output. */
  drop(): void;
}

/** The output of a frame, and whether it may be transparent. A `VideoFrame` has the timestamp of the frame. */
export interface MadeFrame {
  image: EngineImage;
  hasAlpha: boolean;
}

/** Maps input timestamps to output timestamps, both in microseconds. */
export interface FrameClock {
  at(timestamp: number): number;
}

/** Sends a frame, and takes ownership of it. Resolves when it is sent, with `false` if there is no consumer. Never rejects. */
export type Send = (frame: VideoFrame) => Promise<boolean>;

/**
 * Transforms frames one at a time, and sends each output with the timestamp that the clock derives from its input.
 *
 * At most one frame waits for the transformer, and at most one for the consumer. A newer frame replaces the waiting one, which is
 * dropped.
 */
export class FrameRelay {
  readonly #transformer: FrameTransformer;
  readonly #clock: FrameClock;
  readonly #send: Send;
  #waiting: VideoFrame | undefined;
  #working: Promise<void> | undefined;
  /** Number of calls of {@link discard}. */
  #generation = 0;

  constructor(transformer: FrameTransformer, clock: FrameClock, send: Send) {
    this.#transformer = transformer;
    this.#clock = clock;
    this.#send = send;
  }

  /** Accepts a frame, and takes ownership of it. */
  accept(frame: VideoFrame): void {
    this.#transformer.arrive(frame);
    this.#dropWaiting();
    this.#waiting = frame;
    this.#working ??= this.#work();
  }

  /** Drops all accepted frames that have not been sent. */
  discard(): void {
    this.#generation += 1;
    this.#dropWaiting();
  }

  /** Resolves when all accepted frames were sent or dropped. */
  async idle(): Promise<void> {
    while (this.#working !== undefined) await this.#working;
  }

  async #work(): Promise<void> {
    for (let frame = this.#take(); frame; frame = this.#take()) await this.#pass(frame);
    this.#working = undefined;
  }

  async #pass(frame: VideoFrame): Promise<void> {
    const output = await this.#transform(frame);
    if (!output || !(await this.#send(output))) this.#transformer.drop();
  }

  async #transform(frame: VideoFrame): Promise<VideoFrame | undefined> {
    const generation = this.#generation;
    let timed = frame;
    try {
      const { duration } = frame;
      const timestamp = this.#clock.at(frame.timestamp);
      // Timed before it is processed: tracks of Chromium 156 ignore a timestamp that a finished frame gets later.
      if (timestamp !== frame.timestamp) timed = new VideoFrame(frame, { timestamp });
      const output = await this.#transformer.make(timed);
      if (!output) return undefined;
      if (generation === this.#generation) return toFrame(output, timestamp, duration);
      output.image.close();
      return undefined;
    } catch {
      // The transformer reports its own failures.
      return undefined;
    } finally {
      // Cameras have few frame buffers, so close this frame before its output is sent.
      timed.close();
      frame.close();
    }
  }

  #take(): VideoFrame | undefined {
    const frame = this.#waiting;
    this.#waiting = undefined;
    return frame;
  }

  #dropWaiting(): void {
    const frame = this.#take();
    if (!frame) return;
    frame.close();
    this.#transformer.drop();
  }
}

/** Creates a frame, and takes ownership of the image. */
function toFrame({ image, hasAlpha }: MadeFrame, timestamp: number, duration: number | null): VideoFrame {
  if (isVideoFrame(image)) return image;
  try {
    return new VideoFrame(image, {
      timestamp,
      ...(duration === null ? {} : { duration }),
      alpha: hasAlpha ? 'keep' : 'discard',
    });
  } finally {
    image.close();
  }
}
