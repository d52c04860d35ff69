/**
 * Virtual backgrounds for apps that hold a camera's track or its frames themselves: each is made with its background, and
 * takes it along when it ends.
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

/** A camera's track with the effect, and what makes it. */
export interface ReplacedTrack {
  /**
   * Shows the camera with the effect. Where it ends with its worker, another one takes its place here, of which the event `track` of
   * {@link background} tells.
   */
  readonly track: MediaStreamTrack;
  /** What makes the frames: it changes the effect and tells events. */
  readonly background: VirtualBackground;
  /** Ends the track and releases everything; the camera goes on. May be called again. */
  stop(): Promise<void>;
}

/**
 * A track that shows `camera` with the effect. Once the camera ends or the track is stopped, its background is released. An app
 * whose cameras come and go keeps one {@link VirtualBackground} for all of them instead.
 *
 * @throws {CycloramaError} as {@link VirtualBackground.create} and {@link VirtualBackground.processTrack}
 * @throws the reason of `options.signal` once that is aborted
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
      // Its end with the worker is told, and so is the camera's; that an app stops it is not.
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
 * Frames in, frames with the effect out, for `pipeThrough`: with Insertable Streams, or wherever else an app has frames.
 * What goes in is closed. Once the stream has ended, on either side, its background is released.
 *
 * @example
 * const { readable } = new MediaStreamTrackProcessor({ track: camera });
 * const generator = new MediaStreamTrackGenerator({ kind: 'video' });
 * const replaced = await BackgroundTransform.create({ effect: { kind: 'blur' } });
 * void readable.pipeThrough(replaced).pipeTo(generator.writable);
 */
export class BackgroundTransform implements ReadableWritablePair<VideoFrame, VideoFrame> {
  /** What makes the frames: it changes the effect and tells events. */
  readonly background: VirtualBackground;
  /** Frames with the effect; whoever reads one closes it. */
  readonly readable: ReadableStream<VideoFrame>;
  /** Takes frames over. */
  readonly writable: WritableStream<VideoFrame>;

  private constructor(background: VirtualBackground) {
    surviveProxies(this);
    this.background = background;
    const { readable, writable } = background.transform();
    const reader = readable.getReader();
    this.readable = new ReadableStream(
      { pull: (into) => pass(reader, into), cancel: () => reader.cancel() },
      PULLED,
    );
    this.writable = writable;
    // A reader hears of every end; a transform stream that is cancelled does not in every browser.
    reader.closed.catch(() => {}).finally(() => background.destroy());
  }

  /** As {@link VirtualBackground.create}. */
  static async create(options?: VirtualBackgroundOptions): Promise<BackgroundTransform> {
    return new BackgroundTransform(await VirtualBackground.create(options));
  }
}

/** No frame waits here; one does in the transform itself. */
const PULLED = { highWaterMark: 0 };

async function pass(
  from: ReadableStreamDefaultReader<VideoFrame>,
  into: ReadableStreamDefaultController<VideoFrame>,
): Promise<void> {
  const { value: frame } = await from.read();
  try {
    if (frame) into.enqueue(frame);
    else into.close();
  } catch {
    // Nobody reads any more.
    frame?.close();
  }
}
