import { transfer } from 'comlink';
import { abortable } from './abortable.js';
import type { Backstage } from './backstage.js';
import { CameraLink } from './camera-link.js';
import { type PictureMaker, processOnCanvas } from './canvas-track.js';
import { CycloramaError } from './errors.js';
import { assertLive } from './frame-stream.js';
import { hasCanvasTracks, hasInsertableStreams } from './support.js';

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

/** A track with the effect, and the camera that it is made of. */
export interface ProcessedTrack {
  readonly output: MediaStreamTrack;
  /** Whether the app has the output switched on: it reads as off as well while the camera is. */
  readonly wanted: boolean;
  /**
   * Takes another camera's frames from now on.
   *
   * @throws {CycloramaError} `option` where that has ended
   * @throws the signal's reason once that is aborted; the last camera stays
   */
  take(source: MediaStreamTrack, signal?: AbortSignal): Promise<void>;
  /** Goes on after the worker was replaced, or ends where it cannot. */
  outlive(): void;
  /** Ends the track; the camera stays as it is. */
  end(): void;
}

/**
 * Makes a track of a checked one, the best way that the browser has. It shows black while `source` is switched off, and has its
 * `contentHint`.
 *
 * @param maker makes the pictures of frames, where streams cannot be handed over
 * @throws {CycloramaError} `option` where `source` has ended since it was checked, `unsupported` where there is no way
 * @throws the signal's reason once that is aborted; nothing is left behind
 */
export async function processTrack(
  source: MediaStreamTrack,
  backstage: Backstage,
  maker: PictureMaker,
  signal?: AbortSignal,
): Promise<ProcessedTrack> {
  signal?.throwIfAborted();
  assertLive(source);
  if (hasInsertableStreams()) return insert(source, backstage);
  if (await abortable(backstage.takesTracks(), signal)) return handOver(source, backstage, signal);
  assertLive(source);
  if (hasCanvasTracks()) return draw(source, maker);
  throw new CycloramaError(
    'unsupported',
    'this browser gives neither frames of a track (MediaStreamTrackProcessor) nor a track of a canvas (captureStream): hand frames to processFrame yourself',
  );
}

/** Chromium: streams of the page's, handed over so that frames go past it. */
function insert(source: MediaStreamTrack, backstage: Backstage): ProcessedTrack {
  const { MediaStreamTrackGenerator, MediaStreamTrackProcessor } = globalThis as unknown as InsertableStreams;
  const framesOf = (track: MediaStreamTrack) => {
    const { readable } = new MediaStreamTrackProcessor({ track, maxBufferSize: 1 });
    return transfer(readable, [readable as unknown as Transferable]);
  };
  const readable = framesOf(source);
  const generator = new MediaStreamTrackGenerator({ kind: 'video' });
  const { writable } = generator;
  // A stream that was handed over tells nobody of its track's end.
  const link = linkTo(source, generator, backstage);
  const follow = (connection: Promise<boolean>) => {
    connection.then(
      (ended) => ended && link.finish(),
      () => link.finish(),
    );
  };
  follow(
    backstage.connect(readable, source.enabled, transfer(writable, [writable as unknown as Transferable])),
  );
  return {
    output: generator,
    get wanted() {
      return link.wanted;
    },
    async take(next, signal) {
      signal?.throwIfAborted();
      assertLive(next);
      const readable = framesOf(next);
      link.follow(next);
      follow(backstage.connect(readable, next.enabled));
    },
    // The stream into the track has gone with the worker that held it.
    outlive: link.finish,
    end: link.finish,
  };
}

/** The standard: tracks of the worker's. */
async function handOver(
  source: MediaStreamTrack,
  backstage: Backstage,
  signal: AbortSignal | undefined,
): Promise<ProcessedTrack> {
  const connect = async (track: MediaStreamTrack, isNew: boolean) => {
    assertLive(track);
    // What is transferred is gone, and the camera's track is the caller's.
    const clone = track.clone();
    // Not every browser's clone has it.
    clone.enabled = track.enabled;
    try {
      const sent = transfer(clone, [clone as unknown as Transferable]);
      return await backstage.connectTrack(sent, track.enabled, isNew);
    } catch (cause) {
      // Where it was transferred this does nothing.
      clone.stop();
      // What takes a track apart refuses one that has just ended.
      assertLive(track);
      throw cause;
    }
  };
  const { enabled } = source;
  const output = await abortable(connect(source, true), signal, (late) => late?.stop());
  if (!output) throw new CycloramaError('internal', 'the worker has given no track');
  const link = linkTo(source, output, backstage);
  if (source.enabled !== enabled) link.enable(source.enabled);
  let current = source;
  return {
    output,
    get wanted() {
      return link.wanted;
    },
    async take(next, signal) {
      signal?.throwIfAborted();
      const connecting = connect(next, false);
      link.follow(next);
      try {
        await abortable(connecting, signal);
        current = next;
      } catch (cause) {
        link.follow(current);
        // The worker may have done it by now, or still do.
        connecting.then(() => connect(current, false)).catch(() => {});
        throw cause;
      }
    },
    outlive: link.finish,
    end: link.finish,
  };
}

/** Everywhere else: pictures on a canvas of the page's. */
function draw(source: MediaStreamTrack, maker: PictureMaker): ProcessedTrack {
  const over = new AbortController();
  const track = processOnCanvas(source, maker, over.signal);
  return {
    output: track.output,
    get wanted() {
      return track.wanted;
    },
    async take(next, signal) {
      signal?.throwIfAborted();
      assertLive(next);
      track.take(next);
    },
    // The maker knows of the other worker.
    outlive: () => {},
    end: () => over.abort(),
  };
}

/** Between two looks at what no event tells, in milliseconds. */
const WATCH_INTERVAL = 250;

/** Follows the camera of a track that is made backstage. */
function linkTo(source: MediaStreamTrack, output: MediaStreamTrack, backstage: Backstage) {
  const enable = async (enabled: boolean) => {
    try {
      await backstage.enable(enabled);
    } catch {
      // The worker has gone, and its track with it. An app that switches its camera learns so elsewhere.
    }
  };
  const finish = () => {
    clearInterval(timer);
    link.stop();
    end(output);
  };
  const link = new CameraLink(source, output, { enable: (enabled) => void enable(enabled), end: finish });
  const look = () => (output.readyState === 'ended' ? finish() : link.look());
  const timer = setInterval(look, WATCH_INTERVAL);
  return {
    get wanted() {
      return link.wanted;
    },
    enable: (enabled: boolean) => void enable(enabled),
    follow: (next: MediaStreamTrack) => link.follow(next),
    finish,
  };
}

/** Calls once a track has ended, whoever ended it. */
export function whenEnded(track: MediaStreamTrack, listener: () => void): void {
  const timer = setInterval(() => {
    if (track.readyState === 'live') return;
    clearInterval(timer);
    listener();
  }, WATCH_INTERVAL);
}

/** Ends a track of ours as a camera's would, which tells of it. */
function end(track: MediaStreamTrack): void {
  if (track.readyState === 'ended') return;
  track.stop();
  track.dispatchEvent(new Event('ended'));
}
