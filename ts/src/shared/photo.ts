import type { Background } from './background.js';
import type { Precision } from './engine-types.js';
import { CycloramaError } from './errors.js';
import type { Size } from './frame.js';
import type { Refinement } from './matting.js';
import type { BackendChoice } from './thread-support.js';

/**
 * What is made of a photograph, each a picture of its size:
 * - `mask` is opaque: white where the person is, black elsewhere, grey at soft edges;
 * - `cutout` is the person before nothing: it has an alpha channel, and its soft edges have lost the room's colour;
 * - `composite` is the person before the chosen effect.
 */
export type StillOutput = 'mask' | 'cutout' | 'composite';

/** How thoroughly a photograph is looked at. */
export type Detail = 'high' | 'low';

/** All that a {@link PhotoPipeline} is made of. */
export interface PhotoSetup {
  /** The backends to try, the best first. */
  readonly choice: BackendChoice;
  /** The bytes of the network's `.tflite` file. */
  readonly model: Uint8Array;
  readonly refinement: Refinement;
  readonly precision: Precision;
  /** The address of the directory with the wasm modules, if it is not the package's own. */
  readonly assetBase: string | undefined;
}

/** One photograph and what is to be made of it; both pictures are the maker's from then on. */
export interface PhotoJob {
  readonly photo: ImageBitmap;
  readonly outputs: readonly StillOutput[];
  /** What a composite shows behind the person. */
  readonly background: Background;
  readonly detail: Detail;
}

/** Where photographs are made into what is asked for: on the page or in a worker. One at a time. */
export interface PhotoService {
  /** The longest side of a photograph, in pixels. */
  maxSide(): Promise<number>;
  make(job: PhotoJob): Promise<Partial<Record<StillOutput, ImageBitmap>>>;
  /** Has the job at work end soon, with an error. */
  stop(): Promise<void>;
  /** Resolves when all is released. */
  destroy(): Promise<void>;
}

/** No photograph has more pixels than this, as each takes the memory of several copies: 8192 x 8192. */
export const MAX_PIXELS = 2 ** 26;

/** @throws {CycloramaError} `frame` for no pixels or too many */
export function checkSize({ width, height }: Size, maxSide: number, name: string): void {
  if (width === 0 || height === 0) {
    throw new CycloramaError(
      'frame',
      `${name} has no pixels: it is closed, empty or without a size of its own`,
    );
  }
  if (Math.max(width, height) > maxSide) {
    const limit = `this GPU takes at most ${maxSide} pixels a side: scale it down, for example by createImageBitmap`;
    throw new CycloramaError('frame', `${name} is ${width}x${height}, but ${limit}`);
  }
  if (width * height > MAX_PIXELS) {
    const limit = `the limit is ${MAX_PIXELS} pixels: scale it down, for example by createImageBitmap`;
    throw new CycloramaError('frame', `${name} is ${width}x${height}, but ${limit}`);
  }
}
