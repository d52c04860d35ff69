/**
 * Fetches the float32 values of a NumPy file.
 *
 * @param {string} url
 */
export async function fetchNpy(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  const file = await response.arrayBuffer();
  const headerLength = new DataView(file).getUint16(8, true);
  return new Float32Array(file.slice(10 + headerLength));
}
