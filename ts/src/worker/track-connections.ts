import { CycloramaError } from '../shared/errors.js';
import { FrameRateEstimator } from '../shared/frame-rate-estimator.js';
import type { FrameTransformer, MadeFrame } from '../shared/frame-relay.js';
import { trackStreams } from '../shared/track-streams.js';
import { TrackSink } from './track-sink.js';

/** Processes the frames of the connected streams. */
export interface FrameHandler {
  /** Resolves with the output of a frame, or with `undefined` while there is no output. The caller closes the frame. */
  processStreamFrame(
    frame: VideoFrame,
    interval: number | undefined,
    source: number,
  ): Promise<MadeFrame | undefined>;
  /** Called for each frame without output. */
  drop(): void;
}

/** Connects camera streams and tracks to the output stream. */
export class TrackConnections {
  readonly #handler: FrameHandler;
  readonly #frameRate = new FrameRateEstimator();
  #sink: TrackSink | undefined;
  /** The camera track of the connected stream, if this worker reads it. */
  #track: MediaStreamTrack | undefined;
  /** Identifies the connected camera. Negative, because submitted frames have numbers from 0. */
  #source = -1;

  constructor(handler: FrameHandler) {
    this.#handler = handler;
  }

  /** Implements `PipelineService.connect`. */
  async connect(
    readable: ReadableStream<VideoFrame>,
    enabled: boolean,
    writable?: WritableStream<VideoFrame>,
  ): Promise<boolean> {
    if (writable) {
      // Stopping the track of the previous sink dispatches no event.
      void this.#sink?.end();
      this.#sink = new TrackSink(this.#transformer(), writable, () => {
        this.#source -= 1;
      });
    }
    if (!this.#sink) throw new CycloramaError('internal', 'no output stream is connected');
    return this.#sink.take(readable, enabled);
  }

  /** Implements `PipelineService.connectTrack`. */
  async connectTrack(
    track: MediaStreamTrack,
    enabled: boolean,
    isNew: boolean,
  ): Promise<MediaStreamTrack | undefined> {
    const streams = trackStreams();
    if (!streams) {
      throw new CycloramaError('unsupported', 'MediaStreamTrackProcessor is not available in this worker');
    }
    track.enabled = enabled;
    // The track is a clone. The camera stays on until the clone is stopped too.
    const stop = () => track.stop();
    try {
      const { readable } = new streams.MediaStreamTrackProcessor({ track, maxBufferSize: 1 });
      const generator = isNew ? new streams.VideoTrackGenerator() : undefined;
      this.#track = track;
      this.connect(readable, enabled, generator?.writable).then(stop, stop);
      return generator?.track;
    } catch (cause) {
      stop();
      throw cause;
    }
  }

  /** Implements `PipelineService.enable`. */
  enable(enabled: boolean): void {
    this.#sink?.enable(enabled);
    if (this.#track) this.#track.enabled = enabled;
  }

  /** Ends the output stream. */
  async end(): Promise<void> {
    await this.#sink?.end();
  }

  #transformer(): FrameTransformer {
    return {
      make: (frame) => this.#handler.processStreamFrame(frame, this.#frameRate.interval, this.#source),
      arrive: ({ timestamp }) => this.#frameRate.arrive(timestamp),
      drop: () => this.#handler.drop(),
    };
  }
}
