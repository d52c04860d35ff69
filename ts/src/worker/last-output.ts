/** Keeps a copy of the last output image, for `onFailure: 'freeze'`. */
export class LastOutput {
  #image: ImageBitmap | undefined;
  #generation = 0;

  get image(): ImageBitmap | undefined {
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
  async keep(image: ImageBitmap, generation: number): Promise<void> {
    try {
      const copy = await createImageBitmap(image);
      if (generation !== this.#generation) return copy.close();
      this.#image?.close();
      this.#image = copy;
    } catch (cause) {
      image.close();
      throw cause;
    }
  }
}
