import { FrameRelay, type FrameTransformer } from './frame-relay.js';
import { isVideoFrame } from './platform-objects.js';
import { invalid } from './validation.js';

/** A frame goes out with the time that it came in with. */
const SAME_TIME = { at: (timestamp: number) => timestamp };

/** Frames in, frames with the effect out. */
export interface FrameStream {
  readonly stream: ReadableWritablePair<VideoFrame, VideoFrame>;
}

/**
 * A stream of frames with the effect of `maker`, as a {@link FrameRelay} makes them. What is written is closed, and so is
 * what was made and never read: a `TransformStream` would leave open what waits in its queues when one of its sides ends.
 */
export function createTransform(maker: FrameTransformer): FrameStream {
  let input: WritableStreamDefaultController;
  let output: ReadableStreamDefaultController<VideoFrame>;
  let ended = false;
  /** A frame to be read, and whether somebody reads. */
  let made: { frame: VideoFrame; settle(gone: boolean): void } | undefined;
  let wanted = false;
  /** Frames that were written, and that the stream has not handed on yet. */
  const queued = new Set<VideoFrame>();

  const meet = () => {
    if (!made || !wanted) return;
    const { frame, settle } = made;
    made = undefined;
    wanted = false;
    output.enqueue(frame);
    settle(true);
  };
  const relay = new FrameRelay(maker, SAME_TIME, (frame) => {
    if (ended) {
      frame.close();
      return Promise.resolve(false);
    }
    return new Promise((settle) => {
      made = { frame, settle };
      meet();
    });
  });
  /** One side has ended early, and takes the other along. */
  const end = (reason: unknown) => {
    ended = true;
    input.error(reason);
    output.error(reason);
    relay.discard();
    made?.frame.close();
    made?.settle(false);
    made = undefined;
    for (const frame of queued) frame.close();
    queued.clear();
  };

  const readable = new ReadableStream<VideoFrame>(
    {
      start(controller) {
        output = controller;
      },
      pull() {
        wanted = true;
        meet();
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  );
  const writable = new WritableStream<VideoFrame>(
    {
      start(controller) {
        input = controller;
      },
      // Returns before the frame is made, so that the next can take its place.
      write(frame) {
        queued.delete(frame);
        try {
          if (!isVideoFrame(frame)) throw invalid('frame', frame, 'a VideoFrame');
          relay.accept(frame);
        } catch (cause) {
          end(cause);
        }
      },
      // Whoever reads takes as long as they like.
      close() {
        void relay.idle().then(() => {
          if (!ended) output.close();
        });
      },
      abort: end,
    },
    {
      highWaterMark: 1,
      // The one place where a frame is seen before it may wait in the stream.
      size(frame) {
        if (isVideoFrame(frame)) queued.add(frame);
        return 1;
      },
    },
  );
  return { stream: { readable, writable } };
}

/**
 * Reads frames until the stream ends or fails, or the signal aborts: then it is cancelled, and a frame that has just come is
 * closed. `take` takes each frame over. Never rejects.
 */
export async function readFrames(
  readable: ReadableStream<VideoFrame>,
  signal: AbortSignal,
  take: (frame: VideoFrame) => void,
): Promise<void> {
  const reader = readable.getReader();
  const cancel = () => void reader.cancel().catch(() => {});
  if (signal.aborted) cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    for (;;) {
      const { value: frame } = await reader.read();
      if (!frame) return;
      if (signal.aborted) frame.close();
      else take(frame);
    }
  } catch {
    // A camera's stream that fails has ended.
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}
