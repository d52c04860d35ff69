import { transfer } from 'comlink';
import type { Backstage } from './backstage.js';
import { type PictureMaker, processOnCanvas } from './canvas-track.js';
import { CycloramaError } from './errors.js';
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
  /** Takes another camera's frames from now on. */
  take(source: MediaStreamTrack): Promise<void>;
  /** Goes on after the worker was replaced, or ends where it cannot. */
  outlive(): void;
  /** Ends the track; the camera stays as it is. */
  end(): void;
}

/**
 * Makes a track of a checked one, the best way that the browser has.
 *
 * @param maker makes the pictures of frames, where streams cannot be handed over
 * @throws {CycloramaError} `unsupported` where there is no way
 */
export async function processTrack(
  source: MediaStreamTrack,
  backstage: Backstage,
  maker: PictureMaker,
): Promise<ProcessedTrack> {
  if (hasInsertableStreams()) return insert(source, backstage);
  if (await backstage.takesTracks()) return handOver(source, backstage);
  if (hasCanvasTracks()) return draw(source, maker);
  throw new CycloramaError(
    'unsupported',
    'this browser gives neither frames of a track (MediaStreamTrackProcessor) nor a track of a canvas (captureStream): hand frames to processFrame yourself',
  );
}

/** Chromium: streams of the page's, handed over so that frames go past it. */
async function insert(source: MediaStreamTrack, backstage: Backstage): Promise<ProcessedTrack> {
  const { MediaStreamTrackGenerator, MediaStreamTrackProcessor } = globalThis as unknown as InsertableStreams;
  const framesOf = (track: MediaStreamTrack) => {
    const { readable } = new MediaStreamTrackProcessor({ track, maxBufferSize: 1 });
    return transfer(readable, [readable as unknown as Transferable]);
  };
  const generator = new MediaStreamTrackGenerator({ kind: 'video' });
  const { writable } = generator;
  const finish = () => {
    passing.stop();
    end(generator);
  };
  // A stream that was handed over tells nobody of its track's end.
  const passing = passOn(source, generator, finish);
  const follow = (connection: Promise<boolean>) => {
    connection.then(
      (ended) => ended && finish(),
      () => finish(),
    );
  };
  follow(backstage.connect(framesOf(source), transfer(writable, [writable as unknown as Transferable])));
  return {
    output: generator,
    async take(next) {
      passing.follow(next);
      follow(backstage.connect(framesOf(next)));
    },
    // The stream into the track has gone with the worker that held it.
    outlive: finish,
    end: finish,
  };
}

/** The standard: tracks of the worker's. */
async function handOver(source: MediaStreamTrack, backstage: Backstage): Promise<ProcessedTrack> {
  const connect = (track: MediaStreamTrack, isNew: boolean) => {
    // What is transferred is gone, and the camera's track is the caller's.
    const clone = track.clone();
    return backstage.connectTrack(transfer(clone, [clone as unknown as Transferable]), isNew);
  };
  const output = await connect(source, true);
  if (!output) throw new CycloramaError('internal', 'the worker has given no track');
  const finish = () => {
    passing.stop();
    end(output);
  };
  const passing = passOn(source, output, finish);
  return {
    output,
    async take(next) {
      passing.follow(next);
      await connect(next, false);
    },
    outlive: finish,
    end: finish,
  };
}

/** Everywhere else: pictures on a canvas of the page's. */
function draw(source: MediaStreamTrack, maker: PictureMaker): ProcessedTrack {
  const over = new AbortController();
  const { output, take } = processOnCanvas(source, maker, over.signal);
  return {
    output,
    async take(next) {
      take(next);
    },
    // The maker knows of the other worker.
    outlive: () => {},
    end: () => over.abort(),
  };
}

/** Between two looks at whether a track was stopped, which tells nobody, in milliseconds. */
const WATCH_INTERVAL = 250;

/** Tells the listeners of a track what becomes of the camera that it is made of; at its end `finish` does. */
function passOn(source: MediaStreamTrack, output: MediaStreamTrack, finish: () => void) {
  let listening = new AbortController();
  let { enabled } = source;
  const follow = (track: MediaStreamTrack) => {
    listening.abort();
    listening = new AbortController();
    const { signal } = listening;
    track.addEventListener('ended', finish, { signal });
    const timer = setInterval(() => {
      if (track.readyState === 'ended') return finish();
      // A camera that is switched off shows black, and so has a track of a clone of it.
      if (track.enabled !== enabled) output.enabled = track.enabled;
      enabled = track.enabled;
    }, WATCH_INTERVAL);
    signal.addEventListener('abort', () => clearInterval(timer), { once: true });
    for (const type of ['mute', 'unmute']) {
      track.addEventListener(type, () => output.dispatchEvent(new Event(type)), { signal });
    }
  };
  follow(source);
  return { follow, stop: () => listening.abort() };
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
