/** Maximum size of a model or WebAssembly module, in bytes: more than twenty times that of the largest supported model. */
export const MAX_ASSET_BYTES = 64 * 2 ** 20;

/** Maximum size of a background image, in bytes of the encoded file. */
export const MAX_IMAGE_BYTES = 64 * 2 ** 20;

/**
 * Reads a response's body. Cancels the download when it exceeds the limit, so that an endless response ends.
 *
 * @param limit the maximum number of bytes
 * @throws {Error} if the response announces or delivers more
 */
export async function readAtMost(response: Response, limit: number): Promise<ArrayBuffer> {
  const { body } = response;
  if (!body) return new ArrayBuffer(0);
  const tooLarge = () => new Error(`the file is larger than the limit of ${limit} bytes`);
  if (Number(response.headers.get('content-length')) > limit) {
    void body.cancel().catch(() => {});
    throw tooLarge();
  }
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  const reader = body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    length += part.value.byteLength;
    if (length > limit) {
      void reader.cancel().catch(() => {});
      throw tooLarge();
    }
    chunks.push(part.value);
  }
  return new Blob(chunks).arrayBuffer();
}
