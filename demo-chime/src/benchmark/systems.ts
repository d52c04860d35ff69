/** What is measured: systems that find persons in frames. */
import type { Refinement } from 'cyclorama';
import type { Clock, StageName } from './report';

/** A frame that was decoded beforehand. */
export type PreparedFrame = VideoFrame | ImageBitmap;

/** How much of each pixel is person, 0 to 255, rows from the top. */
export interface Mask {
  width: number;
  height: number;
  levels: Uint8Array;
}

/** A network to measure: one of the manifest's, or a file of the user's. */
export interface BenchmarkModel {
  /** As in the report. */
  name: string;
  title: string;
  /** Width and height of the network's input, where they are known beforehand. */
  size?: readonly [number, number];
  /** The `.tflite` file. */
  bytes(signal: AbortSignal): Promise<ArrayBuffer>;
}

/** What tells the rows of one opened network apart. */
export interface Variant {
  refinement: Refinement;
  input: [width: number, height: number];
}

/** One frame's figures, in milliseconds. */
export interface FrameFigures {
  /** Of stages, by the clock of the calling thread. */
  cpu?: Partial<Record<StageName, number>>;
  /** Of stages, by the GPU's timestamps or until work is completed. */
  gpu?: Partial<Record<StageName, number>>;
  gpuClock?: Clock;
  /** Ranges (a), (b) and (c), each with its clock. */
  inference?: readonly [number, Clock];
  segmentation?: readonly [number, Clock];
  frame?: readonly [number, Clock];
  /** The page's own clock around the frame. */
  stopwatch?: number;
  /** When that began, by the page's `performance.now()`. */
  at?: number;
}

/** A network that is ready: the rows of it are measured in turns. */
export interface Network {
  readonly modelSize: readonly [number, number];
  /** The GPU that it runs on, where it tells. */
  readonly adapter?: { name: string; software: boolean; timestamps: boolean };
  /** Sets what the next calls measure. */
  set(variant: Variant): Promise<void>;
  /** One frame that does not count. */
  warm(frame: PreparedFrame): Promise<void>;
  /** One frame by itself, from handing it in until it is done. */
  single(frame: PreparedFrame): Promise<void>;
  /** Frames without a pause for `seconds`; resolves with how many a second came out. */
  stretch(frames: readonly PreparedFrame[], seconds: number, signal: AbortSignal): Promise<number>;
  /** Figures of single frames that came in since the last call, each with the variant that it was of. */
  collect(): { variant: Variant; figures: FrameFigures }[];
  /** Waits until the figures of all frames are there, or will not come. `frame` is there to be made some more of. */
  settle(frame: PreparedFrame): Promise<void>;
  /** The person in a frame as a mask, and as a picture on nothing; `undefined` where there is only a mask. No rows are measured after it. */
  cut(frame: PreparedFrame): Promise<{ mask: Mask; person: ImageBitmap | undefined }>;
  /** What it asked for elsewhere and did not get, where that is known. */
  refused?(): readonly string[];
  close(): Promise<void>;
}

/** A network that can be opened, and the rows that come of it. */
export interface Candidate {
  system: string;
  version: string;
  model: BenchmarkModel;
  backend: string;
  precision: 'f32' | 'f16';
  threads?: number;
  variants: Variant[];
  open(signal: AbortSignal): Promise<Network>;
}

/** A system other than cyclorama, as the form lists it: nothing is loaded until it is asked for. */
export interface PeerEntry {
  /** In reports and links. */
  id: string;
  title: string;
  /** What would be loaded, in one line. */
  note: string;
  load(): Promise<Peer>;
}

/** Another system, loaded. */
export interface Peer {
  version: string;
  /** What it runs on in this browser. */
  backends: readonly PeerBackend[];
  /** The networks that it runs: those of the chosen ones that it can, and its own. */
  models(chosen: readonly BenchmarkModel[]): readonly BenchmarkModel[];
  open(model: BenchmarkModel, backend: PeerBackend, signal: AbortSignal): Promise<PeerNetwork>;
}

export interface PeerBackend {
  name: string;
  precision: 'f32' | 'f16';
  threads?: number;
}

/** A network in another system, ready. */
export interface PeerNetwork {
  readonly modelSize: readonly [number, number];
  infer(frame: PreparedFrame): Promise<PeerResult>;
  /** What it asked for elsewhere and did not get, where that is known. */
  refused?(): readonly string[];
  close(): void | Promise<void>;
}

/** What another system made of a frame; times by the wall clock until it was done, in milliseconds. */
export interface PeerResult {
  mask: Mask;
  /** (a), where that can be told apart. */
  inference?: number;
  /** (b): preprocessing, inference and reading the mask back. */
  segmentation: number;
}
