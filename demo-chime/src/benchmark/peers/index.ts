/** Other engines, which the page loads when they are asked for, and only where its server has them (bench/peers). */
import type { Peer, PeerEntry } from '../systems';

const entries: readonly Omit<PeerEntry, 'load'>[] = [
  {
    id: 'tasks-vision',
    title: 'MediaPipe tasks-vision',
    note: 'ImageSegmenter with WebAssembly and WebGL, 10 MB',
  },
  { id: 'tfjs', title: 'TensorFlow.js', note: 'graph models of the same weights, 2 MB' },
  {
    id: 'tfjs-tflite',
    title: 'TensorFlow.js, tflite runner',
    note: 'WebAssembly; reads files of yours, 5 MB',
  },
  { id: 'onnxruntime', title: 'ONNX Runtime Web', note: 'WebAssembly and WebGPU, 26 MB' },
  { id: 'litert', title: 'LiteRT.js', note: 'WebAssembly and WebGPU; reads files of yours, 9 MB' },
];

/** The engines by the names of bench/engines. None is looked for before it is loaded. */
export const peers: readonly PeerEntry[] = entries.map((entry) => ({
  ...entry,
  load: async (): Promise<Peer> => (await import('./framed')).loadPeer(entry.id, entry.title),
}));
