import type { Background } from './background.js';
import type { Precision } from './engine-types.js';
import { CycloramaError } from './errors.js';
import type { Size } from './frame.js';
import type { Refinement } from './matting.js';
import type { BackendChoice } from './thread-support.js';

/**
 * An output of photo segmentation, of the size of the photo:
 * - `mask`: an opaque grayscale image. The person is white, the background black, soft edges are gray.
 * - `cutout`: the person on a transparent background. Soft edges contain no color of the room.
 * - `composite`: the person in front of the chosen effect.
 */
export type StillOutput = 'mask' | 'cutout' | 'composite';

/** The level of detail of photo segmentation. */
export type Detail = 'high' | 'low';

/** The configuration of a {@link PhotoService}. */
export interface PhotoSetup {
  /** The backends to try. */
  readonly choice: BackendChoice;
  /** The bytes of the model's `.tflite` file. */
  readonly model: Uint8Array;
  readonly refinement: Refinement;
  readonly precision: Precision;
  /** URL of the directory with the WebAssembly modules, if not the package's own. */
  readonly assetBase: string | undefined;
}

/** A photo and its requested outputs. The service takes ownership of the photo and of the background's image. */
export interface PhotoJob {
  readonly photo: ImageBitmap;
  readonly outputs: readonly StillOutput[];
  /** The background of the composite. */
  readonly background: Background;
  readonly detail: Detail;
}

/** Segments photos, one at a time, on the page or in a worker. */
export interface PhotoService {
  /** Returns the maximum side of a photo, in pixels. */
  maxSide(): Promise<number>;
  /** Segments a photo and returns its outputs. */
  make(job: PhotoJob): Promise<Partial<Record<StillOutput, ImageBitmap>>>;
  /** Stops the current job, which rejects soon. */
  stop(): Promise<void>;
  /** Resolves when all resources are released. */
  destroy(): Promise<void>;
}

/** Maximum number of pixels of a photo: 8192 x 8192. Each photo takes the memory of several copies. */
export const MAX_PIXELS = 2 ** 26;

/** @throws {CycloramaError} `frame` if the photo has no pixels or too many */
export function checkSize({ width, height }: Size, maxSide: number, name: string): void {
  if (width === 0 || height === 0) {
    throw new CycloramaError('frame', `${name} has no pixels: it is closed, empty or has no intrinsic size`);
  }
  if (Math.max(width, height) > maxSide) {
    const limit = `this GPU takes at most ${maxSide} pixels a side: scale it down, for example with createImageBitmap`;
    throw new CycloramaError('frame', `${name} is ${width}x${height}, but ${limit}`);
  }
  if (width * height > MAX_PIXELS) {
    const limit = `the limit is ${MAX_PIXELS} pixels: scale it down, for example with createImageBitmap`;
    throw new CycloramaError('frame', `${name} is ${width}x${height}, but ${limit}`);
  }
}
