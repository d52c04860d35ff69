/** What makes one frame of another. */
export interface FrameTransformer {
  /** Settles with a picture of the frame, which stays the caller's to close; `undefined` for none at this time. */
  make(frame: VideoFrame): Promise<MadeFrame | undefined>;
  /** Told of each frame that comes, whatever becomes of it. */
  arrive(frame: VideoFrame): void;
  /** Told of each frame that nothing was made of. */
  drop(): void;
}

/** A picture that was made of a frame, and whether it may be see-through. */
export interface MadeFrame {
  image: ImageBitmap;
  hasAlpha: boolean;
}

/** What says when a frame goes out that came in at `timestamp`; both in microseconds. */
export interface FrameClock {
  at(timestamp: number): number;
}

/** Takes a frame over. Resolves once it has gone out, or with `false` where nobody takes it; never rejects. */
export type Send = (frame: VideoFrame) => Promise<boolean>;

/**
 * Makes frames of frames, one at a time, each with the time of the one that it was made of, as its clock has it.
 *
 * Frames that come while one is being made, or has not gone out yet, wait for no turn: the newest takes the place of the
 * one before it, which is dropped. So at most one frame waits on either side.
 */
export class FrameRelay {
  readonly #maker: FrameTransformer;
  readonly #clock: FrameClock;
  readonly #send: Send;
  #waiting: VideoFrame | undefined;
  #working: Promise<void> | undefined;
  /** Counts how often everything was discarded. */
  #era = 0;

  constructor(maker: FrameTransformer, clock: FrameClock, send: Send) {
    this.#maker = maker;
    this.#clock = clock;
    this.#send = send;
  }

  /** Takes a frame over. */
  accept(frame: VideoFrame): void {
    this.#maker.arrive(frame);
    this.#giveUp();
    this.#waiting = frame;
    this.#working ??= this.#work();
  }

  /** Nothing that was accepted so far goes out, unless it was sent already. */
  discard(): void {
    this.#era += 1;
    this.#giveUp();
  }

  /** Resolves when all that was accepted has gone out, or was dropped. */
  async idle(): Promise<void> {
    while (this.#working !== undefined) await this.#working;
  }

  async #work(): Promise<void> {
    for (let frame = this.#take(); frame; frame = this.#take()) await this.#pass(frame);
    this.#working = undefined;
  }

  async #pass(frame: VideoFrame): Promise<void> {
    const made = await this.#make(frame);
    if (!made || !(await this.#send(made))) this.#maker.drop();
  }

  async #make(frame: VideoFrame): Promise<VideoFrame | undefined> {
    const era = this.#era;
    try {
      const { duration } = frame;
      const timestamp = this.#clock.at(frame.timestamp);
      const made = await this.#maker.make(frame);
      if (!made) return undefined;
      if (era === this.#era) return toFrame(made, timestamp, duration);
      made.image.close();
      return undefined;
    } catch {
      // A frame without a picture; why is for the maker to tell.
      return undefined;
    } finally {
      // Cameras have few frames: this one does not wait for the other to go out.
      frame.close();
    }
  }

  #take(): VideoFrame | undefined {
    const frame = this.#waiting;
    this.#waiting = undefined;
    return frame;
  }

  #giveUp(): void {
    const frame = this.#take();
    if (!frame) return;
    frame.close();
    this.#maker.drop();
  }
}

/** Takes the picture over. */
function toFrame({ image, hasAlpha }: MadeFrame, timestamp: number, duration: number | null): VideoFrame {
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
