import type { Size } from '../shared/frame.js';
import { type FrameProducer, FrameRelay } from '../shared/frame-relay.js';
import { readFrames } from '../shared/frame-stream.js';

/** Between the last frame of one camera and the first of the next, where their clocks differ, in microseconds. */
const GAP = 33_333;

/** Between a frame and a black one that comes for no frame of the camera, in microseconds. */
const MOMENT = 1_000;

/** Where frames with the effect go, whichever camera they come from. */
export class TrackSink {
  readonly #writer: WritableStreamDefaultWriter<VideoFrame>;
  readonly #relay: FrameRelay;
  /** Told that the next frames are another camera's. */
  readonly #cut: () => void;
  readonly #timeline = new Timeline();
  readonly #over = new AbortController();
  #input = new AbortController();
  /** Settles when the present camera's stream is given back; never rejects. */
  #source: Promise<void> = Promise.resolve();
  #enabled = true;
  /** The last frame's. */
  #size: Size | undefined;
  #black: OffscreenCanvas | undefined;

  constructor(maker: FrameProducer, writable: WritableStream<VideoFrame>, cut: () => void) {
    this.#writer = writable.getWriter();
    this.#relay = new FrameRelay(maker, this.#timeline, (frame) => this.#write(frame));
    this.#cut = cut;
    const stop = () => this.#over.abort();
    this.#writer.closed.then(stop, stop);
  }

  /**
   * Takes frames from here from now on. Resolves with `true` when the outlet has come to an end, because the frames
   * have or because nobody takes them any more, and with `false` when another camera took this one's place.
   */
  async take(readable: ReadableStream<VideoFrame>, enabled: boolean): Promise<boolean> {
    this.#input.abort();
    const input = new AbortController();
    this.#input = input;
    this.enable(enabled);
    await this.#source;
    // What is still being made is of the camera before, and has its times.
    await this.#relay.idle();
    const signal = AbortSignal.any([input.signal, this.#over.signal]);
    if (!signal.aborted) {
      this.#timeline.begin();
      this.#cut();
    }
    this.#source = readFrames(readable, signal, (frame) => this.#pass(frame));
    await this.#source;
    if (input.signal.aborted) return false;
    await this.end();
    return true;
  }

  /**
   * Whether the camera is switched on. While it is not, black comes out, at once and in place of each frame: what a camera
   * gives that is switched off may be black, the last picture or nothing, and none of it is a picture of anybody.
   */
  enable(enabled: boolean): void {
    if (enabled === this.#enabled) return;
    this.#enabled = enabled;
    if (enabled) return;
    this.#relay.discard();
    if (this.#size) void this.#write(this.#blackFrame(this.#size, this.#timeline.after(MOMENT)));
  }

  /** Lets out what is under way, and no more. */
  async end(): Promise<void> {
    this.#over.abort();
    await this.#source;
    await this.#relay.idle();
    // Where the other side has gone it is closed already.
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

  /** Takes the frame over. */
  async #write(frame: VideoFrame): Promise<boolean> {
    try {
      await this.#writer.write(frame);
      return true;
    } catch {
      // The track was stopped.
      return false;
    } finally {
      // A stream that has failed leaves open what waits in it.
      frame.close();
    }
  }

  #blackFrame({ width, height }: Size, timestamp: number): VideoFrame {
    this.#black ??= new OffscreenCanvas(width, height);
    const canvas = this.#black;
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    // Black from the beginning, as it is opaque.
    canvas.getContext('2d', { alpha: false });
    return new VideoFrame(canvas, { timestamp, alpha: 'discard' });
  }
}

/** One run of times out of those of several cameras, whose clocks begin where they like. */
export class Timeline {
  #shift = 0;
  #last = Number.NEGATIVE_INFINITY;
  #first = true;

  /** The next time is another camera's. */
  begin(): void {
    this.#first = true;
  }

  /** The time of a frame going out that came in at `timestamp`; both in microseconds. Each is later than the one before. */
  at(timestamp: number): number {
    // Encoders drop frames that are not later than the last one. A clock that was set back, as after a suspend, would stop the
    // track until the clock has caught up.
    const isBehind = timestamp + this.#shift < this.#last - GAP;
    if (this.#first && timestamp > this.#last) this.#shift = 0;
    else if (this.#first || isBehind) this.#shift = this.#last + GAP - timestamp;
    this.#first = false;
    const time = timestamp + this.#shift;
    // A black frame that came for none may have gone out at a later time.
    this.#last = time > this.#last ? time : this.#last + MOMENT;
    return this.#last;
  }

  /** The time of a frame that goes out so long after the last one, in microseconds, and came in nowhere. */
  after(pause: number): number {
    this.#last += pause;
    return this.#last;
  }
}
