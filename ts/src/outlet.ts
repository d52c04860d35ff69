import { createTransform, type FrameMaker } from './frame-stream.js';

/** Between the last frame of one camera and the first of the next, where their clocks differ, in microseconds. */
const GAP = 33_333;

/** Where frames with the effect go, whichever camera they come from. */
export class Outlet {
  readonly #into: WritableStream<VideoFrame>;
  readonly #idle: () => Promise<void>;
  /** Told that the next frames are another camera's. */
  readonly #cut: () => void;
  /** Settles when nothing goes out any more; never rejects. */
  readonly #out: Promise<void>;
  readonly #timeline = new Timeline();
  #input = new AbortController();
  /** Settles when the present camera's stream is given back; never rejects. */
  #source: Promise<void> = Promise.resolve();

  constructor(maker: FrameMaker, writable: WritableStream<VideoFrame>, cut: () => void) {
    const { stream, idle } = createTransform(maker, this.#timeline);
    this.#into = stream.writable;
    this.#idle = idle;
    this.#cut = cut;
    // Whichever side ended, the other was told by the pipe.
    this.#out = stream.readable.pipeTo(writable).catch(() => {});
  }

  /**
   * Takes frames from here from now on. Resolves with `true` when the outlet has come to an end, because the frames
   * have or because nobody takes them any more, and with `false` when another camera took this one's place.
   */
  async take(readable: ReadableStream<VideoFrame>): Promise<boolean> {
    this.#input.abort();
    const input = new AbortController();
    this.#input = input;
    await this.#source;
    // What is still being made is of the camera before, and has its times.
    await this.#idle();
    if (input.signal.aborted) {
      await readable.cancel();
      return false;
    }
    this.#timeline.begin();
    this.#cut();
    const { signal } = input;
    this.#source = readable
      .pipeTo(this.#into, { signal, preventClose: true, preventAbort: true })
      .catch(() => {});
    await this.#source;
    if (signal.aborted && this.#input !== input) return false;
    await this.end();
    return true;
  }

  /** Lets out what is under way, and no more. */
  async end(): Promise<void> {
    this.#input.abort();
    await this.#source;
    // Where the other side has gone it is closed already.
    await this.#into.close().catch(() => {});
    await this.#out;
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

  /** The time of a frame going out that came in at `timestamp`; both in microseconds. */
  at(timestamp: number): number {
    if (this.#first) {
      this.#first = false;
      // Encoders drop frames that come before the last one.
      this.#shift = timestamp > this.#last ? 0 : this.#last + GAP - timestamp;
    }
    this.#last = timestamp + this.#shift;
    return this.#last;
  }
}
