import { CycloramaError } from './errors.js';
import type { OutputFrame } from './frame.js';
import { invalid } from './validation.js';

/** Chromium's form of Insertable Streams, which a page may use; the standard's is for workers alone. */
export interface InsertableStreams {
  MediaStreamTrackProcessor: new (init: {
    track: MediaStreamTrack;
    maxBufferSize?: number;
  }) => { readonly readable: ReadableStream<VideoFrame> };
  MediaStreamTrackGenerator: new (init: {
    kind: 'video';
  }) => MediaStreamTrack & { readonly writable: WritableStream<VideoFrame> };
}

/** What makes one frame of another. */
export interface FrameMaker {
  /** Settles with a picture of the frame, which stays the caller's to close. */
  make(frame: VideoFrame): Promise<OutputFrame>;
  /** Whether pictures may be see-through. */
  readonly seeThrough: boolean;
  /** Told of each frame that nothing was made of. */
  drop(): void;
}

/**
 * A stream of frames with the effect of `maker`, each with the time of the one that it was made of.
 *
 * Frames that come while one is being made wait for no turn: the newest takes the place of the one before it, which is
 * dropped, as is a frame that nobody has taken when the next is done. So at most one frame waits on either side.
 */
export function createTransform(maker: FrameMaker): TransformStream<VideoFrame, VideoFrame> {
  let waiting: VideoFrame | undefined;
  let working: Promise<void> | undefined;
  const work = async (controller: TransformStreamDefaultController<VideoFrame>) => {
    for (let frame = take(); frame; frame = take()) await pass(frame, maker, controller);
    working = undefined;
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
      give();
      waiting = frame;
      working ??= work(controller);
    },
    flush: () => working,
    cancel: give,
  };
  return new TransformStream(transformer, { highWaterMark: 1 }, { highWaterMark: 1 });
}

async function pass(
  frame: VideoFrame,
  maker: FrameMaker,
  controller: TransformStreamDefaultController<VideoFrame>,
): Promise<void> {
  const { timestamp, duration } = frame;
  try {
    const { image } = await maker.make(frame);
    let made: VideoFrame;
    try {
      made = new VideoFrame(image, {
        timestamp,
        ...(duration === null ? {} : { duration }),
        alpha: maker.seeThrough ? 'keep' : 'discard',
      });
    } finally {
      image.close();
    }
    if ((controller.desiredSize ?? 0) > 0) return controller.enqueue(made);
    made.close();
    maker.drop();
  } catch {
    // A frame without a picture, or a stream that has ended meanwhile.
    maker.drop();
  } finally {
    frame.close();
  }
}

/**
 * What takes a track apart and puts one together.
 *
 * @throws {CycloramaError} `option` for anything but a live video track, `unsupported` where tracks give no frames
 */
export function checkTrack(track: MediaStreamTrack): InsertableStreams {
  if (!(track instanceof MediaStreamTrack)) throw invalid('track', track, 'a MediaStreamTrack');
  const { kind, readyState } = track;
  if (kind !== 'video') throw new CycloramaError('option', `track is of kind "${kind}": it must be video`);
  if (readyState !== 'live') throw new CycloramaError('option', 'track has ended: it must be live');
  const { MediaStreamTrackProcessor, MediaStreamTrackGenerator }: Partial<InsertableStreams> =
    globalThis as object;
  if (!MediaStreamTrackProcessor || !MediaStreamTrackGenerator) {
    throw new CycloramaError(
      'unsupported',
      'this browser gives no frames of a track to a page (MediaStreamTrackProcessor and MediaStreamTrackGenerator): ' +
        'use Chrome or Edge, or hand frames to processFrame yourself',
    );
  }
  return { MediaStreamTrackProcessor, MediaStreamTrackGenerator };
}

/**
 * A track of what `transform` makes of the frames of a checked one. It ends with the one that it is made of, and with
 * `signal`; ending it leaves the other as it is.
 */
export function processTrack(
  track: MediaStreamTrack,
  streams: InsertableStreams,
  transform: TransformStream<VideoFrame, VideoFrame>,
  signal: AbortSignal,
): MediaStreamTrack {
  const { readable } = new streams.MediaStreamTrackProcessor({ track, maxBufferSize: 1 });
  const generator = new streams.MediaStreamTrackGenerator({ kind: 'video' });
  readable
    .pipeThrough(transform, { signal })
    .pipeTo(generator.writable, { signal })
    // Whichever side ended, the other was told by the pipe; what is left is a track that shows nothing more.
    .catch(() => {})
    .finally(() => generator.stop());
  return generator;
}
