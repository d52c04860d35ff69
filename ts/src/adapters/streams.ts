/**
 * Virtual backgrounds for a single track or stream of frames. Each creates its own background, and releases
 * it at its end.
 *
 * @module cyclorama/streams
 */

import type { VirtualBackgroundOptions } from '../page/options.js';
import { surviveProxies } from '../page/proxied.js';
import { checkTrack } from '../page/tracks/check-track.js';
import { whenEnded } from '../page/tracks/process-track.js';
import { VirtualBackground } from '../page/virtual-background.js';
import { abortable } from '../shared/abortable.js';
import { takeOptions } from '../shared/validation.js';

/** A processed track and its background. */
export interface ReplacedTrack {
  /**
   * The camera's track with the effect. If it ends with its worker, this is its replacement. The event
   * `track` of {@link background} reports the replacement.
   */
  readonly track: MediaStreamTrack;
  /** The background that processes the frames. Use it to change the effect, and for events. */
  readonly background: VirtualBackground;
  /** Ends the track and releases all resources. The camera stays live. May be called again. */
  stop(): Promise<void>;
}

/**
 * Returns a track that shows `camera` with the effect. All resources are released once the camera ends or the
 * track is stopped. For several cameras in a row, keep one {@link VirtualBackground} instead.
 *
 * @throws {CycloramaError} the errors of {@link VirtualBackground.create} and
 *   {@link VirtualBackground.processTrack}
 * @throws the reason of `options.signal` if it aborts
 * @example
 * const { track, background, stop } = await replaceBackground(camera, { effect: { kind: 'blur' } });
 * peerConnection.addTrack(track);
 */
export async function replaceBackground(
  camera: MediaStreamTrack,
  options?: VirtualBackgroundOptions,
): Promise<ReplacedTrack> {
  const { signal } = takeOptions(options, ['signal']);
  checkTrack(camera);
  const background = await VirtualBackground.create(options);
  const stop = () => background.destroy();
  try {
    let track = await background.processTrack(camera, signal && { signal });
    signal?.throwIfAborted();
    const follow = (next: MediaStreamTrack) => {
      track = next;
      // The end of the worker or of the camera dispatches `ended`. An app's stop() does not.
      let isLost = false;
      next.addEventListener('ended', () => {
        isLost = camera.readyState === 'live' && !background.destroyed;
      });
      whenEnded(next, () => {
        if (isLost) background.processTrack(camera).then(follow, stop);
        else void stop();
      });
    };
    background.addEventListener('track', ({ detail }) => {
      track = detail.track;
    });
    follow(track);
    return {
      get track() {
        return track;
      },
      background,
      stop,
    };
  } catch (cause) {
    await abortable(stop(), signal);
    throw cause;
  }
}

/**
 * Applies the effect to a stream of frames, for `pipeThrough`: with Insertable Streams or any other source of
 * frames. Closes the input frames. All resources are released once either side of the stream has ended.
 *
 * @example
 * const { readable } = new MediaStreamTrackProcessor({ track: camera });
 * const generator = new MediaStreamTrackGenerator({ kind: 'video' });
 * const replaced = await BackgroundTransform.create({ effect: { kind: 'blur' } });
 * void readable.pipeThrough(replaced).pipeTo(generator.writable);
 */
export class BackgroundTransform implements ReadableWritablePair<VideoFrame, VideoFrame> {
  /** The background that processes the frames. Use it to change the effect, and for events. */
  readonly background: VirtualBackground;
  /** Frames with the effect. The reader closes them. */
  readonly readable: ReadableStream<VideoFrame>;
  /** Takes ownership of the frames written to it. */
  readonly writable: WritableStream<VideoFrame>;

  private constructor(background: VirtualBackground) {
    surviveProxies(this);
    this.background = background;
    const { readable, writable } = background.transform();
    const reader = readable.getReader();
    this.readable = new ReadableStream(
      { pull: (into) => pass(reader, into), cancel: () => reader.cancel() },
      NO_QUEUE,
    );
    this.writable = writable;
    // A reader reports every end. Some browsers do not report the cancellation of a transform stream.
    reader.closed.catch(() => {}).finally(() => background.destroy());
  }

  /** Creates the stream and its background. See {@link VirtualBackground.create}. */
  static async create(options?: VirtualBackgroundOptions): Promise<BackgroundTransform> {
    return new BackgroundTransform(await VirtualBackground.create(options));
  }
}

/** Queues no frame here. The transform already queues one. */
const NO_QUEUE = { highWaterMark: 0 };

async function pass(
  from: ReadableStreamDefaultReader<VideoFrame>,
  into: ReadableStreamDefaultController<VideoFrame>,
): Promise<void> {
  const { value: frame } = await from.read();
  try {
    if (frame) into.enqueue(frame);
    else into.close();
  } catch {
    // The stream has no reader any more.
    frame?.close();
  }
}
