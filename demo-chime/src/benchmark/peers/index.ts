/** Other engines to compare with. The page loads them when a run includes them, if its server has them (bench/peers). */
import type { Peer, PeerEntry } from '../engines';

const entries: readonly Omit<PeerEntry, 'load'>[] = [
  {
    id: 'tasks-vision',
    title: 'MediaPipe tasks-vision',
    note: 'ImageSegmenter, WebAssembly and WebGL, 10 MB',
  },
  { id: 'tfjs', title: 'TensorFlow.js', note: 'graph models with the same weights, 2 MB' },
  {
    id: 'tfjs-tflite',
    title: 'TensorFlow.js, tflite runner',
    note: 'WebAssembly, also your files, 5 MB',
  },
  { id: 'onnxruntime', title: 'ONNX Runtime Web', note: 'WebAssembly and WebGPU, 26 MB' },
  { id: 'litert', title: 'LiteRT.js', note: 'WebAssembly and WebGPU, also your files, 9 MB' },
];

/** The engines, by their names in bench/engines. */
export const peers: readonly PeerEntry[] = entries.map((entry) => ({
  ...entry,
  load: async (): Promise<Peer> => (await import('./framed')).loadPeer(entry.id, entry.title),
}));
