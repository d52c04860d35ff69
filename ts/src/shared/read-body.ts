/** The largest file that is fetched for the engine, in bytes: more than twenty times the largest of the networks that run here. */
export const MAX_ASSET_BYTES = 64 * 2 ** 20;

/** The largest background picture that is fetched, in bytes as it is stored. */
export const MAX_IMAGE_BYTES = 64 * 2 ** 20;

/**
 * Reads a response's body and stops where it is larger than it may be, as an answer that never ends is.
 *
 * @param limit the most bytes
 * @throws {Error} where more are announced or come: the rest is not fetched
 */
export async function readAtMost(response: Response, limit: number): Promise<ArrayBuffer> {
  const { body } = response;
  if (!body) return new ArrayBuffer(0);
  const tooLarge = () => new Error(`it has more than the ${limit} bytes that are read at most`);
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
