/** The interfaces of what a run measures: engines that segment people in frames. */
import type { Refinement } from 'cyclorama';
import type { Clock, StageName } from './report';

/** A frame that was decoded before the run. */
export type PreparedFrame = VideoFrame | ImageBitmap;

/** A segmentation mask: 0 to 255 for each pixel, rows from the top. */
export interface Mask {
  width: number;
  height: number;
  levels: Uint8Array;
}

/** A model to measure: from the manifest, or from a user's file. */
export interface BenchmarkModel {
  /** The name in the report. */
  name: string;
  title: string;
  /** Width and height of the model's input, if known before it is loaded. */
  size?: readonly [number, number];
  /** The `.tflite` file. */
  bytes(signal: AbortSignal): Promise<ArrayBuffer>;
}

/** What distinguishes the rows of one engine. */
export interface Variant {
  refinement: Refinement;
  input: [width: number, height: number];
}

/** The timings of one frame, in milliseconds. */
export interface FrameTimings {
  /** Stages, by the clock of the calling thread. */
  cpu?: Partial<Record<StageName, number>>;
  /** Stages, by GPU timestamps or until the work is completed. */
  gpu?: Partial<Record<StageName, number>>;
  gpuClock?: Clock;
  /** Ranges (a), (b) and (c), each with its clock. */
  inference?: readonly [number, Clock];
  segmentation?: readonly [number, Clock];
  frame?: readonly [number, Clock];
  /** The frame, by the page's own clock. */
  stopwatch?: number;
  /** When the stopwatch started, by the page's `performance.now()`. */
  at?: number;
}

/** An engine with a loaded model. Its rows are measured in turns. */
export interface BenchmarkEngine {
  readonly modelSize: readonly [number, number];
  /** The GPU adapter, if the engine reports it. */
  readonly adapter?: { name: string; software: boolean; timestamps: boolean };
  /** Selects the variant that the next calls measure. */
  set(variant: Variant): Promise<void>;
  /** Processes a warm-up frame, without timings. */
  warm(frame: PreparedFrame): Promise<void>;
  /** Processes one frame and waits until it is done. */
  single(frame: PreparedFrame): Promise<void>;
  /** Runs a throughput test for `seconds`. Resolves with the frames per second. */
  throughput(frames: readonly PreparedFrame[], seconds: number, signal: AbortSignal): Promise<number>;
  /** Returns the timings of single frames since the last call, with their variants. */
  collect(): { variant: Variant; timings: FrameTimings }[];
  /** Waits until the timings of all frames have arrived, or times out. `frame` is processed meanwhile. */
  settle(frame: PreparedFrame): Promise<void>;
  /** Segments a frame: the mask, and the person on a transparent background if the engine makes one. No timings after this call. */
  segment(frame: PreparedFrame): Promise<{ mask: Mask; person: ImageBitmap | undefined }>;
  /** Cross-origin requests of the engine that were blocked, if known. */
  refused?(): readonly string[];
  close(): Promise<void>;
}

/** An engine that a run can open, with its variants. */
export interface Candidate {
  system: string;
  version: string;
  model: BenchmarkModel;
  backend: string;
  precision: 'f32' | 'f16';
  threads?: number;
  variants: Variant[];
  open(signal: AbortSignal): Promise<BenchmarkEngine>;
}

/** Another engine in the form's list. Nothing is loaded until a run includes it. */
export interface PeerEntry {
  /** The name in reports and links. */
  id: string;
  title: string;
  /** What is downloaded, in one line. */
  note: string;
  load(): Promise<Peer>;
}

/** Another engine after loading. */
export interface Peer {
  version: string;
  /** Its backends in this browser. */
  backends: readonly PeerBackend[];
  /** The models that it supports, out of the chosen ones. */
  models(chosen: readonly BenchmarkModel[]): readonly BenchmarkModel[];
  open(model: BenchmarkModel, backend: PeerBackend, signal: AbortSignal): Promise<PeerModel>;
}

export interface PeerBackend {
  name: string;
  precision: 'f32' | 'f16';
  threads?: number;
}

/** A model in another engine, ready to run. */
export interface PeerModel {
  readonly modelSize: readonly [number, number];
  infer(frame: PreparedFrame): Promise<PeerResult>;
  /** Cross-origin requests of the engine that were blocked, if known. */
  refused?(): readonly string[];
  close(): void | Promise<void>;
}

/** Another engine's result for a frame. Timings are wall-clock time until completion, in milliseconds. */
export interface PeerResult {
  mask: Mask;
  /** (a), if it can be measured separately. */
  inference?: number;
  /** (b): preprocessing, inference and reading back the mask. */
  segmentation: number;
}
