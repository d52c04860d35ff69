import type { EngineImage } from '../shared/engine-types.js';
import { isVideoFrame } from '../shared/platform-objects.js';

/** Keeps a copy of the last output image, for `onFailure: 'freeze'`. */
export class LastOutput {
  #image: EngineImage | undefined;
  #generation = 0;

  /**
   * Returns a copy of the image, which the caller closes, or `undefined` without an image.
   *
   * @param video whether it may be a `VideoFrame`
   */
  async copy(video: boolean): Promise<EngineImage | undefined> {
    const image = this.#image;
    return image && (video ? copy(image) : createImageBitmap(image));
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
      const kept = await copy(image);
      if (generation !== this.#generation) return kept.close();
      this.#image?.close();
      this.#image = kept;
    } catch (cause) {
      image.close();
      throw cause;
    }
  }
}

/** Copies an image. The copy of a `VideoFrame` shares its pixels. */
async function copy(image: EngineImage): Promise<EngineImage> {
  return isVideoFrame(image) ? image.clone() : createImageBitmap(image);
}
