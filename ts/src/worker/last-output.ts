import type { EngineImage } from '../shared/engine-types.js';
import { isVideoFrame } from '../shared/platform-objects.js';

/** Keeps a copy of the last output image, for `onFailure: 'freeze'`. */
export class LastOutput {
  #image: EngineImage | undefined;
  #generation = 0;

  /** The copy. A `VideoFrame` has the timestamp of its own frame. */
  get image(): EngineImage | undefined {
    return this.#image;
  }

  /** Increases with each {@link clear}. */
  get generation(): number {
    return this.#generation;
  }

  /** Closes the copy. */
  clear(): void {
    this.#image?.close();
    this.#image = undefined;
    this.#generation += 1;
  }

  /**
   * Copies an output image. Drops the copy if {@link clear} was called since `generation` was read, because the image then shows
   * content that must not appear again.
   */
  async keep(image: EngineImage, generation: number): Promise<void> {
    try {
      // The clone of a video frame shares its pixels.
      const kept = isVideoFrame(image) ? image.clone() : await createImageBitmap(image);
      if (generation !== this.#generation) return kept.close();
      this.#image?.close();
      this.#image = kept;
    } catch (cause) {
      image.close();
      throw cause;
    }
  }
}
