import { CycloramaError } from './errors.js';
import { invalid } from './validation.js';

/** What makes one frame of another. */
export interface FrameMaker {
  /** Settles with a picture of the frame, which stays the caller's to close; `undefined` for none at this time. */
  make(frame: VideoFrame): Promise<MadePicture | undefined>;
  /** Told of each frame that comes, whatever becomes of it. */
  arrive(frame: VideoFrame): void;
  /** Told of each frame that nothing was made of. */
  drop(): void;
}

/** A picture that was made of a frame, and whether it may be see-through. */
export interface MadePicture {
  image: ImageBitmap;
  seeThrough: boolean;
}

/** What says when a frame goes out that came in at `timestamp`; both in microseconds. */
export interface FrameClock {
  at(timestamp: number): number;
}

/** Frames in, frames with the effect out. */
export interface FrameStream {
  readonly stream: TransformStream<VideoFrame, VideoFrame>;
  /** Resolves when all that went in has come out, or was dropped. */
  idle(): Promise<void>;
}

/**
 * A stream of frames with the effect of `maker`, each with the time of the one that it was made of, as `clock` has it.
 *
 * Frames that come while one is being made wait for no turn: the newest takes the place of the one before it, which is
 * dropped, as is a frame that nobody has taken when the next is done. So at most one frame waits on either side.
 */
export function createTransform(
  maker: FrameMaker,
  clock: FrameClock = { at: (timestamp) => timestamp },
): FrameStream {
  let waiting: VideoFrame | undefined;
  let working: Promise<void> | undefined;
  const work = async (controller: TransformStreamDefaultController<VideoFrame>) => {
    try {
      for (let frame = take(); frame; frame = take()) await pass(frame, maker, clock, controller);
    } finally {
      working = undefined;
    }
  };
  const take = () => {
    const frame = waiting;
    waiting = undefined;
    return frame;
  };
  const give = () => {
    if (!waiting) return;
    take()?.close();
    maker.drop();
  };
  const transformer: Transformer<VideoFrame, VideoFrame> & { cancel(): void } = {
    // Returns before the frame is made, so that the next can take its place.
    transform(frame, controller) {
      maker.arrive(frame);
      give();
      waiting = frame;
      working ??= work(controller);
    },
    flush: () => working,
    cancel: give,
  };
  return {
    stream: new TransformStream(transformer, { highWaterMark: 1 }, { highWaterMark: 1 }),
    async idle() {
      while (working !== undefined) await working;
    },
  };
}

async function pass(
  frame: VideoFrame,
  maker: FrameMaker,
  clock: FrameClock,
  controller: TransformStreamDefaultController<VideoFrame>,
): Promise<void> {
  const { duration } = frame;
  const timestamp = clock.at(frame.timestamp);
  try {
    const made = await maker.make(frame);
    const out = made && toFrame(made, timestamp, duration);
    if (out && (controller.desiredSize ?? 0) > 0) return controller.enqueue(out);
    out?.close();
    maker.drop();
  } catch {
    // A frame without a picture, or a stream that has ended meanwhile.
    maker.drop();
  } finally {
    frame.close();
  }
}

/** Takes the picture over. */
function toFrame({ image, seeThrough }: MadePicture, timestamp: number, duration: number | null): VideoFrame {
  try {
    return new VideoFrame(image, {
      timestamp,
      ...(duration === null ? {} : { duration }),
      alpha: seeThrough ? 'keep' : 'discard',
    });
  } finally {
    image.close();
  }
}

/** @throws {CycloramaError} `option` for anything but a live video track */
export function checkTrack(track: MediaStreamTrack): void {
  if (!(track instanceof MediaStreamTrack)) throw invalid('track', track, 'a MediaStreamTrack');
  const { kind, readyState } = track;
  if (kind !== 'video') throw new CycloramaError('option', `track is of kind "${kind}": it must be video`);
  if (readyState !== 'live') throw new CycloramaError('option', 'track has ended: it must be live');
}
