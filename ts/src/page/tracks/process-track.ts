import { transfer } from 'comlink';
import { abortable } from '../../shared/abortable.js';
import { CycloramaError } from '../../shared/errors.js';
import type { PipelineService } from '../../shared/protocol.js';
import { thrown } from '../../shared/validation.js';
import { hasCanvasTracks, hasInsertableStreams } from '../support.js';
import { CameraLink, showsPictures } from './camera-link.js';
import { type FrameProducer, processOnCanvas } from './canvas-track.js';
import { assertLive } from './check-track.js';

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

/** How long the worker may take to return a track, in milliseconds. A worker that cannot read the message never answers. */
const ANSWER_PATIENCE = 5_000;

/** A way to make a track of a camera's. */
interface Way {
  /** What it needs, in words for the app's developer. */
  readonly name: string;
  exists(): boolean | Promise<boolean>;
  open(): ProcessedTrack | Promise<ProcessedTrack>;
}

/**
 * Makes a track of a checked one, the best way that the browser has. It shows black while `source` is switched off or muted, and has its
 * `contentHint`.
 *
 * A way that fails logs a warning, and the next way is tried. Each way needs both of its streams.
 * In Firefox 153, at 1280x720, the `<video>` costs 0.15 ms a frame and the canvas 0.7 ms. A browser with one of the two streams
 * alone uses the canvas: the other stream would save less than its code costs.
 *
 * @param maker makes the pictures of frames, where streams cannot be handed over
 * @throws {CycloramaError} `option` where `source` has ended since it was checked, `unsupported` where there is no way
 * @throws the signal's reason once that is aborted; nothing is left behind
 */
export async function processTrack(
  source: MediaStreamTrack,
  pipeline: PipelineService,
  maker: FrameProducer,
  signal?: AbortSignal,
): Promise<ProcessedTrack> {
  const ways: Way[] = [
    {
      name: "the page's streams (MediaStreamTrackProcessor and MediaStreamTrackGenerator)",
      exists: hasInsertableStreams,
      open: () => insert(source, pipeline, signal),
    },
    {
      name: "the worker's streams (MediaStreamTrackProcessor and VideoTrackGenerator)",
      exists: () => abortable(pipeline.takesTracks(), signal),
      open: () => handOver(source, pipeline, signal),
    },
    { name: 'a captured canvas', exists: hasCanvasTracks, open: () => draw(source, maker) },
  ];
  let failure: unknown;
  for (const { name, exists, open } of ways) {
    signal?.throwIfAborted();
    assertLive(source);
    if (!(await exists())) continue;
    assertLive(source);
    try {
      return await open();
    } catch (cause) {
      signal?.throwIfAborted();
      assertLive(source);
      if (!isObstacle(cause)) throw cause;
      failure = cause;
      maker.warn?.(`${name} failed, so process tries its next way: ${thrown(cause)}`);
    }
  }
  throw new CycloramaError(
    'unsupported',
    'this browser gives neither frames of a track (MediaStreamTrackProcessor) nor a track of a canvas (captureStream): hand frames to processFrame yourself',
    { cause: failure },
  );
}

/** Whether another way may work: the browser refused, and the worker is not lost. */
function isObstacle(cause: unknown): boolean {
  return ['internal', 'unsupported'].includes(CycloramaError.from(cause).code);
}

/** Chromium: streams of the page's, handed over so that frames go past it. */
async function insert(
  source: MediaStreamTrack,
  pipeline: PipelineService,
  signal: AbortSignal | undefined,
): Promise<ProcessedTrack> {
  const { MediaStreamTrackGenerator, MediaStreamTrackProcessor } = globalThis as unknown as InsertableStreams;
  const output = new MediaStreamTrackGenerator({ kind: 'video' });
  const connect = async (track: MediaStreamTrack, writable?: WritableStream<VideoFrame>) => {
    assertLive(track);
    const { readable } = new MediaStreamTrackProcessor({ track, maxBufferSize: 1 });
    const connection = pipeline.connect(
      transfer(readable, [readable as unknown as Transferable]),
      showsPictures(track),
      writable && transfer(writable, [writable as unknown as Transferable]),
    );
    // A stream that was handed over does not report the end of its track.
    connection.then(
      (ended) => ended && link.finish(),
      () => {},
    );
    try {
      // Calls run in order: once the next one has its answer, this one was not refused.
      await Promise.race([connection, pipeline.backend()]);
      connection.catch(link.finish);
    } catch (cause) {
      // A stream that was not transferred still holds the camera.
      if (!readable.locked) void readable.cancel().catch(() => {});
      throw cause;
    }
  };
  const link = linkTo(source, output, pipeline);
  try {
    await abortable(connect(source, output.writable), signal);
  } catch (cause) {
    link.finish();
    throw cause;
  }
  return connected(source, output, connect, link);
}

/** The standard: tracks of the worker's. */
async function handOver(
  source: MediaStreamTrack,
  pipeline: PipelineService,
  signal: AbortSignal | undefined,
): Promise<ProcessedTrack> {
  const connect = async (track: MediaStreamTrack, isNew = false) => {
    assertLive(track);
    // What is transferred is gone, and the camera's track is the caller's.
    const clone = track.clone();
    // Not every browser's clone has it.
    clone.enabled = track.enabled;
    try {
      const sent = transfer(clone, [clone as unknown as Transferable]);
      return await pipeline.connectTrack(sent, showsPictures(track), isNew);
    } catch (cause) {
      // Where it was transferred this does nothing.
      clone.stop();
      // What takes a track apart refuses one that has just ended.
      assertLive(track);
      throw cause;
    }
  };
  const shows = showsPictures(source);
  const late = AbortSignal.timeout(ANSWER_PATIENCE);
  const output = await abortable(
    connect(source, true),
    signal ? AbortSignal.any([signal, late]) : late,
    (track) => track?.stop(),
  );
  if (!output) throw new CycloramaError('internal', 'the worker has given no track');
  const link = linkTo(source, output, pipeline);
  if (showsPictures(source) !== shows) link.enable(!shows);
  return connected(source, output, connect, link);
}

/** A track whose frames are made pipeline, where `connect` hands a camera to. */
function connected(
  source: MediaStreamTrack,
  output: MediaStreamTrack,
  connect: (track: MediaStreamTrack) => Promise<unknown>,
  link: ReturnType<typeof linkTo>,
): ProcessedTrack {
  let current = source;
  return {
    output,
    get wanted() {
      return link.wanted;
    },
    async take(next, signal) {
      signal?.throwIfAborted();
      assertLive(next);
      const connecting = connect(next);
      link.follow(next);
      try {
        await abortable(connecting, signal);
        current = next;
      } catch (cause) {
        link.follow(current);
        // The worker may have done it by now, or still do.
        connecting.then(() => connect(current)).catch(() => {});
        throw cause;
      }
    },
    // The stream into the track, or the track itself, has gone with the worker that held it.
    outlive: link.finish,
    end: link.finish,
  };
}

/** Everywhere else: pictures on a canvas of the page's. */
function draw(source: MediaStreamTrack, maker: FrameProducer): ProcessedTrack {
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

/** Follows the camera of a track that is made pipeline. */
function linkTo(source: MediaStreamTrack, output: MediaStreamTrack, pipeline: PipelineService) {
  const enable = async (enabled: boolean) => {
    try {
      await pipeline.enable(enabled);
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
  let isReported = false;
  track.addEventListener('ended', () => {
    isReported = true;
  });
  track.stop();
  const report = () => {
    if (!isReported) track.dispatchEvent(new Event('ended'));
  };
  // WebKit ends a worker's track a moment later, and may report that by itself.
  if ((track.readyState as string) === 'ended') report();
  else setTimeout(report, WATCH_INTERVAL);
}
