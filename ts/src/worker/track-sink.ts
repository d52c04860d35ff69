import type { Size } from '../shared/frame.js';
import { FrameRelay, type FrameTransformer } from '../shared/frame-relay.js';
import { readFrames } from '../shared/frame-stream.js';

/** Timestamp gap at a camera switch, in microseconds. Used if the clocks of the cameras differ. */
const CAMERA_GAP = 33_333;

/** Timestamp gap before a black frame that replaces no camera frame, in microseconds. */
const BLACK_FRAME_GAP = 1_000;

/** Writes the processed frames of successive cameras to one output stream. */
export class TrackSink {
  readonly #writer: WritableStreamDefaultWriter<VideoFrame>;
  readonly #relay: FrameRelay;
  /** Called when the next frames come from another camera. */
  readonly #onCameraChange: () => void;
  readonly #timeline = new Timeline();
  readonly #ended = new AbortController();
  #input = new AbortController();
  /** Settles when the current camera's stream is released. Never rejects. */
  #source: Promise<void> = Promise.resolve();
  #enabled = true;
  /** Size of the last frame. */
  #size: Size | undefined;
  #black: OffscreenCanvas | undefined;

  constructor(
    transformer: FrameTransformer,
    writable: WritableStream<VideoFrame>,
    onCameraChange: () => void,
  ) {
    this.#writer = writable.getWriter();
    this.#relay = new FrameRelay(transformer, this.#timeline, (frame) => this.#write(frame));
    this.#onCameraChange = onCameraChange;
    const stop = () => this.#ended.abort();
    this.#writer.closed.then(stop, stop);
  }

  /**
   * Switches to the frames of `readable`. Resolves with `true` when the output has ended, because the input has ended or the output
   * has no consumer any more. Resolves with `false` when another camera has replaced this one.
   */
  async take(readable: ReadableStream<VideoFrame>, enabled: boolean): Promise<boolean> {
    this.#input.abort();
    const input = new AbortController();
    this.#input = input;
    this.enable(enabled);
    await this.#source;
    // The frame in progress belongs to the previous camera and to its clock.
    await this.#relay.idle();
    const signal = AbortSignal.any([input.signal, this.#ended.signal]);
    if (!signal.aborted) {
      this.#timeline.begin();
      this.#onCameraChange();
    }
    this.#source = readFrames(readable, signal, (frame) => this.#pass(frame));
    await this.#source;
    if (input.signal.aborted) return false;
    await this.end();
    return true;
  }

  /**
   * Enables or disables the camera. While it is disabled, the output is black: one frame at once, then one for each camera frame. A
   * disabled camera may deliver black frames, its last frame or nothing. These frames must not be shown.
   */
  enable(enabled: boolean): void {
    if (enabled === this.#enabled) return;
    this.#enabled = enabled;
    if (enabled) return;
    this.#relay.discard();
    if (this.#size) void this.#write(this.#blackFrame(this.#size, this.#timeline.after(BLACK_FRAME_GAP)));
  }

  /** Finishes the frame in progress and closes the output. */
  async end(): Promise<void> {
    this.#ended.abort();
    await this.#source;
    await this.#relay.idle();
    // Fails if the consumer has closed the stream already.
    await this.#writer.close().catch(() => {});
  }

  #pass(frame: VideoFrame): void {
    this.#size = { width: frame.displayWidth, height: frame.displayHeight };
    if (this.#enabled) {
      this.#relay.accept(frame);
      return;
    }
    const timestamp = this.#timeline.at(frame.timestamp);
    frame.close();
    if ((this.#writer.desiredSize ?? 0) > 0) void this.#write(this.#blackFrame(this.#size, timestamp));
  }

  /** Takes ownership of the frame. */
  async #write(frame: VideoFrame): Promise<boolean> {
    try {
      await this.#writer.write(frame);
      return true;
    } catch {
      // The track was stopped.
      return false;
    } finally {
      // A failed stream does not close its queued frames.
      frame.close();
    }
  }

  #blackFrame({ width, height }: Size, timestamp: number): VideoFrame {
    this.#black ??= new OffscreenCanvas(width, height);
    const canvas = this.#black;
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    // An opaque canvas is black initially.
    canvas.getContext('2d', { alpha: false });
    return new VideoFrame(canvas, { timestamp, alpha: 'discard' });
  }
}

/** Maps the timestamps of successive cameras, whose clocks have different origins, to one increasing sequence. */
export class Timeline {
  #shift = 0;
  #last = Number.NEGATIVE_INFINITY;
  #first = true;

  /** Marks the next timestamp as the first one of another camera. */
  begin(): void {
    this.#first = true;
  }

  /** Maps an input timestamp to an output timestamp, both in microseconds. Each result is later than the previous one. */
  at(timestamp: number): number {
    // Encoders drop frames that are not later than the last one. So a clock that was set back, such as after a suspend, would stop
    // the track until it has caught up.
    const isBehind = timestamp + this.#shift < this.#last - CAMERA_GAP;
    if (this.#first && timestamp > this.#last) this.#shift = 0;
    else if (this.#first || isBehind) this.#shift = this.#last + CAMERA_GAP - timestamp;
    this.#first = false;
    const time = timestamp + this.#shift;
    // A black frame without a camera frame may already have a later timestamp.
    this.#last = time > this.#last ? time : this.#last + BLACK_FRAME_GAP;
    return this.#last;
  }

  /** A timestamp for a frame without input, `pause` microseconds after the last one. */
  after(pause: number): number {
    this.#last += pause;
    return this.#last;
  }
}
