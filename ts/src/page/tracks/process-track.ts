import { transfer } from 'comlink';
import { abortable } from '../../shared/abortable.js';
import { CycloramaError } from '../../shared/errors.js';
import type { PipelineService } from '../../shared/protocol.js';
import { thrown } from '../../shared/validation.js';
import { hasCanvasTracks, hasInsertableStreams } from '../support.js';
import { CameraLink, providesImages } from './camera-link.js';
import { type FrameProducer, processOnCanvas } from './canvas-track.js';
import { assertLive } from './check-track.js';

/** Chromium's Insertable Streams, which also work on a page. The standard's work only in workers. */
export interface InsertableStreams {
  MediaStreamTrackProcessor: new (init: {
    track: MediaStreamTrack;
    maxBufferSize?: number;
  }) => { readonly readable: ReadableStream<VideoFrame> };
  MediaStreamTrackGenerator: new (init: {
    kind: 'video';
  }) => MediaStreamTrack & { readonly writable: WritableStream<VideoFrame> };
}

/** A processed track, and control over its camera. */
export interface ProcessedTrack {
  readonly output: MediaStreamTrack;
  /**
   * Whether the app has the output enabled. Its `enabled` also reads `false` while the camera is disabled.
   */
  readonly isEnabled: boolean;
  /**
   * Switches to another camera.
   *
   * @throws {CycloramaError} `option` if the camera has ended
   * @throws the signal's reason if it aborts; the last camera stays
   */
  take(source: MediaStreamTrack, signal?: AbortSignal): Promise<void>;
  /** Handles the loss of the worker: ends the track if it depends on that worker. */
  loseWorker(): void;
  /** Ends the track. The camera stays live. */
  end(): void;
}

/**
 * How long the worker may take to return a track, in milliseconds. A worker that cannot read the message
 * never answers.
 */
const ANSWER_TIMEOUT = 5_000;

/** A browser feature that can produce the processed track. */
interface Method {
  /** Its name in log messages. */
  readonly name: string;
  exists(): boolean | Promise<boolean>;
  open(): ProcessedTrack | Promise<ProcessedTrack>;
}

/**
 * Creates a processed track with the best method that the browser supports. The track is black while `source`
 * is disabled or muted, and copies its `contentHint`.
 *
 * If a method fails, a warning is logged and the next one is used. In Firefox 153, at 1280x720, the `<video>`
 * costs 0.15 ms per frame and the canvas 0.7 ms. So a browser with only one of a method's two streams uses
 * the canvas: the other stream would save less than its code costs.
 *
 * @param producer processes single frames for the canvas
 * @throws {CycloramaError} `option` if `source` has ended meanwhile, `unsupported` if the browser supports no
 *   method
 * @throws the signal's reason if it aborts; all resources are released
 */
export async function processTrack(
  source: MediaStreamTrack,
  pipeline: PipelineService,
  producer: FrameProducer,
  signal?: AbortSignal,
): Promise<ProcessedTrack> {
  const methods: Method[] = [
    {
      name: "the page's streams (MediaStreamTrackProcessor and MediaStreamTrackGenerator)",
      exists: hasInsertableStreams,
      open: () => connectOnPage(source, pipeline, signal),
    },
    {
      name: "the worker's streams (MediaStreamTrackProcessor and VideoTrackGenerator)",
      exists: () => abortable(pipeline.takesTracks(), signal),
      open: () => connectInWorker(source, pipeline, signal),
    },
    { name: 'a captured canvas', exists: hasCanvasTracks, open: () => drawOnCanvas(source, producer) },
  ];
  let failure: unknown;
  for (const { name, exists, open } of methods) {
    signal?.throwIfAborted();
    assertLive(source);
    if (!(await exists())) continue;
    assertLive(source);
    try {
      return await open();
    } catch (cause) {
      signal?.throwIfAborted();
      assertLive(source);
      if (!mayTryNextMethod(cause)) throw cause;
      failure = cause;
      producer.warn?.(`${name} failed, so processTrack uses its next method: ${thrown(cause)}`);
    }
  }
  throw new CycloramaError(
    'unsupported',
    'this browser supports neither MediaStreamTrackProcessor nor captureStream of a canvas: pass single frames to processFrame',
    { cause: failure },
  );
}

/** Whether the next method may work: the browser refused this one, and the worker is not lost. */
function mayTryNextMethod(cause: unknown): boolean {
  return ['internal', 'unsupported'].includes(CycloramaError.from(cause).code);
}

/** Chromium: transfers the page's streams to the worker, so that frames bypass the page. */
async function connectOnPage(
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
      providesImages(track),
      writable && transfer(writable, [writable as unknown as Transferable]),
    );
    // A transferred stream does not report the end of its track.
    connection.then(
      (ended) => ended && link.finish(),
      () => {},
    );
    try {
      // Calls run in order: if the next one is answered, this one was accepted.
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

/** The standard: transfers a clone of the track, because only workers have the streams. */
async function connectInWorker(
  source: MediaStreamTrack,
  pipeline: PipelineService,
  signal: AbortSignal | undefined,
): Promise<ProcessedTrack> {
  const connect = async (track: MediaStreamTrack, isNew = false) => {
    assertLive(track);
    // The caller still needs the camera's track, so transfer a clone.
    const clone = track.clone();
    // Some browsers do not clone this property.
    clone.enabled = track.enabled;
    try {
      const sent = transfer(clone, [clone as unknown as Transferable]);
      return await pipeline.connectTrack(sent, providesImages(track), isNew);
    } catch (cause) {
      // This does nothing to a transferred track.
      clone.stop();
      // The browser refuses a track that has just ended.
      assertLive(track);
      throw cause;
    }
  };
  const isProviding = providesImages(source);
  const timeout = AbortSignal.timeout(ANSWER_TIMEOUT);
  const output = await abortable(
    connect(source, true),
    signal ? AbortSignal.any([signal, timeout]) : timeout,
    (track) => track?.stop(),
  );
  if (!output) throw new CycloramaError('internal', 'the worker returned no track');
  const link = linkTo(source, output, pipeline);
  if (providesImages(source) !== isProviding) link.enable(!isProviding);
  return connected(source, output, connect, link);
}

/** Creates a processed track whose frames flow through the pipeline. `connect` connects a camera to it. */
function connected(
  source: MediaStreamTrack,
  output: MediaStreamTrack,
  connect: (track: MediaStreamTrack) => Promise<unknown>,
  link: ReturnType<typeof linkTo>,
): ProcessedTrack {
  let current = source;
  return {
    output,
    get isEnabled() {
      return link.isEnabled;
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
        // The worker may already have switched, or may still do so.
        connecting.then(() => connect(current)).catch(() => {});
        throw cause;
      }
    },
    // The worker held the stream into the track, or the track itself.
    loseWorker: link.finish,
    end: link.finish,
  };
}

/** Other browsers: draws on a canvas of the page and captures it. */
function drawOnCanvas(source: MediaStreamTrack, producer: FrameProducer): ProcessedTrack {
  const ended = new AbortController();
  const track = processOnCanvas(source, producer, ended.signal);
  return {
    output: track.output,
    get isEnabled() {
      return track.isEnabled;
    },
    async take(next, signal) {
      signal?.throwIfAborted();
      assertLive(next);
      track.take(next);
    },
    // The producer uses the next worker.
    loseWorker: () => {},
    end: () => ended.abort(),
  };
}

/** The interval for polling changes without an event, in milliseconds. */
const POLL_INTERVAL = 250;

/** Links a processed track to its camera. */
function linkTo(source: MediaStreamTrack, output: MediaStreamTrack, pipeline: PipelineService) {
  const enable = async (enabled: boolean) => {
    try {
      await pipeline.enable(enabled);
    } catch {
      // The worker and its track are lost. Other code reports that to the app.
    }
  };
  const finish = () => {
    clearInterval(timer);
    link.stop();
    end(output);
  };
  const link = new CameraLink(source, output, { enable: (enabled) => void enable(enabled), end: finish });
  const poll = () => (output.readyState === 'ended' ? finish() : link.poll());
  const timer = setInterval(poll, POLL_INTERVAL);
  return {
    get isEnabled() {
      return link.isEnabled;
    },
    enable: (enabled: boolean) => void enable(enabled),
    follow: (next: MediaStreamTrack) => link.follow(next),
    finish,
  };
}

/** Calls the listener once a track has ended for any reason. */
export function whenEnded(track: MediaStreamTrack, listener: () => void): void {
  const timer = setInterval(() => {
    if (track.readyState === 'live') return;
    clearInterval(timer);
    listener();
  }, POLL_INTERVAL);
}

/** Stops a processed track and dispatches `ended`, as if its camera had ended. */
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
  // WebKit ends a worker's track a moment later, and may dispatch the event itself.
  if ((track.readyState as string) === 'ended') report();
  else setTimeout(report, POLL_INTERVAL);
}
