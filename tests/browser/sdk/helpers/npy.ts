/** An array from a NumPy file. */
export interface Npy {
  shape: number[];
  values: Float32Array;
}

/** Fetches a `.npy` file of little-endian float32 in C order. */
export async function fetchNpy(url: string): Promise<Npy> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: HTTP status ${response.status}`);
  const buffer = await response.arrayBuffer();
  const view = new DataView(buffer);
  if (view.getUint32(0) !== 0x934e554d || view.getUint8(6) !== 1)
    throw new Error(`${url} is no NumPy file, version 1`);
  const start = 10 + view.getUint16(8, true);
  const header = new TextDecoder().decode(buffer.slice(10, start));
  const shape = /'descr': '<f4', 'fortran_order': False, 'shape': \(([^)]*)\)/.exec(header)?.[1];
  if (shape === undefined) throw new Error(`${url} is not float32 in C order: ${header}`);
  return {
    shape: shape
      .split(',')
      .filter((part) => part.trim())
      .map(Number),
    values: new Float32Array(buffer.slice(start)),
  };
}
