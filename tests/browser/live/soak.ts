import { type Backend, VirtualBackground } from '../../../ts/src/index.js';
import { paintScene } from '../sdk/scene.js';
import { CHANNEL, type Holdings, holdings } from './counting-patches.js';

/** So many frames are on their way at once: the next one is there when one is done. */
const AHEAD = 2;

/** How a soak is run. */
export interface SoakOptions {
  frames: number;
  width: number;
  height: number;
  backend: Backend;
}

/** What a soak came to. */
export interface SoakReport {
  /** Frames that went in, came out, and were counted as dropped. */
  written: number;
  read: number;
  dropped: number;
  /** Those of them that were composited. */
  processed: number;
  /** Milliseconds a frame, on average. */
  pace: number;
  /** What was held after the first tenth, and at the end: page and worker together. */
  start: Holdings;
  end: Holdings;
  /** Frames that were open when all was over. */
  open: number;
  /** Workers that were started and not ended, while frames flowed and when all was over. */
  workers: [flowing: number, over: number];
}

const workers = new Set<Worker>();
const BrowserWorker = globalThis.Worker;
globalThis.Worker = class extends BrowserWorker {
  constructor(url: string | URL, options?: WorkerOptions) {
    const ours = options?.name === 'cyclorama';
    super(ours ? new URL('./counting-worker.ts', import.meta.url) : url, options);
    workers.add(this);
  }

  override terminate(): void {
    workers.delete(this);
    super.terminate();
  }
};

let progress = 0;

/** How many frames came out by now. */
export function soaked(): number {
  return progress;
}

/** Sends frames through the SDK as fast as it takes them. */
export async function soak({ frames, width, height, backend }: SoakOptions): Promise<SoakReport> {
  const background = await VirtualBackground.create({ backend, quality: 'high' });
  const canvas = await paintScene(width, height);
  const { readable, writable } = background.transform();
  const [reader, writer] = [readable.getReader(), writable.getWriter()];
  let start: Holdings | undefined;
  let began = 0;
  const write = (index: number) => writer.write(new VideoFrame(canvas, { timestamp: index * 33_333 }));
  let written = 0;
  for (; written < Math.min(AHEAD, frames); written += 1) await write(written);
  for (progress = 0; progress < frames; ) {
    const { value, done } = await reader.read();
    if (done) break;
    value.close();
    progress += 1;
    if (progress === Math.ceil(frames / 10)) {
      start = await held();
      began = performance.now();
    }
    if (written < frames) await write(written++);
  }
  const pace = (performance.now() - began) / (progress - Math.ceil(frames / 10));
  await writer.close();
  const end = await held();
  const { frames: counts } = await background.metrics();
  const flowing = workers.size;
  await background.destroy();
  const { dropped, processed } = counts;
  return {
    written,
    read: progress,
    dropped,
    processed,
    pace,
    start: start ?? end,
    end,
    open: end.frames,
    workers: [flowing, workers.size],
  };
}

/** What page and worker hold together. */
async function held(): Promise<Holdings> {
  const channel = new BroadcastChannel(CHANNEL);
  const answer = new Promise<Holdings>((resolve) => {
    channel.onmessage = ({ data }: MessageEvent<Holdings>) => resolve(data);
  });
  channel.postMessage('report');
  const [worker, page] = [await answer, await holdings()];
  channel.close();
  return {
    frames: worker.frames + page.frames,
    gpu: worker.gpu + page.gpu,
    wasm: worker.wasm + page.wasm,
    heap: worker.heap + page.heap,
  };
}
