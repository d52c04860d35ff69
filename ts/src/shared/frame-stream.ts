import { FrameRelay, type FrameTransformer } from './frame-relay.js';
import { isVideoFrame } from './platform-objects.js';
import { invalid } from './validation.js';

/** Keeps timestamps. */
const SAME_TIME = { at: (timestamp: number) => timestamp };

/** A transform stream of frames. */
export interface FrameStream {
  readonly stream: ReadableWritablePair<VideoFrame, VideoFrame>;
}

/**
 * Creates a transform stream on top of a {@link FrameRelay}. Closes written frames, and outputs that were never read. A
 * `TransformStream` would not close its queued frames when one side ends.
 */
export function createTransform(transformer: FrameTransformer): FrameStream {
  let input: WritableStreamDefaultController;
  let output: ReadableStreamDefaultController<VideoFrame>;
  let ended = false;
  /** The output that waits for a read request. */
  let waiting: { frame: VideoFrame; settle(sent: boolean): void } | undefined;
  /** Whether a read request is pending. */
  let requested = false;
  /** Written frames in the queue of the stream. */
  const queued = new Set<VideoFrame>();

  const sendIfRequested = () => {
    if (!waiting || !requested) return;
    const { frame, settle } = waiting;
    waiting = undefined;
    requested = false;
    output.enqueue(frame);
    settle(true);
  };
  const relay = new FrameRelay(transformer, SAME_TIME, (frame) => {
    if (ended) {
      frame.close();
      return Promise.resolve(false);
    }
    return new Promise((settle) => {
      waiting = { frame, settle };
      sendIfRequested();
    });
  });
  /** Ends both sides after one of them has ended early. */
  const end = (reason: unknown) => {
    ended = true;
    input.error(reason);
    output.error(reason);
    relay.discard();
    waiting?.frame.close();
    waiting?.settle(false);
    waiting = undefined;
    for (const frame of queued) frame.close();
    queued.clear();
  };

  const readable = new ReadableStream<VideoFrame>(
    {
      start(controller) {
        output = controller;
      },
      pull() {
        requested = true;
        sendIfRequested();
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
      // Returns before the output is ready, so that a newer frame can replace a waiting one.
      write(frame) {
        queued.delete(frame);
        try {
          if (!isVideoFrame(frame)) throw invalid('frame', frame, 'a VideoFrame');
          relay.accept(frame);
        } catch (cause) {
          end(cause);
        }
      },
      // Does not wait, because the reader may take any time.
      close() {
        void relay.idle().then(() => {
          if (!ended) output.close();
        });
      },
      abort: end,
    },
    {
      highWaterMark: 1,
      // The only callback that runs before a frame enters the queue.
      size(frame) {
        if (isVideoFrame(frame)) queued.add(frame);
        return 1;
      },
    },
  );
  return { stream: { readable, writable } };
}

/**
 * Reads frames until the stream ends or fails, or the signal aborts. After an abort it cancels the stream, and closes a frame that has
 * just arrived. `take` takes ownership of each frame. Never rejects.
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
    // A failed camera stream counts as ended.
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}
