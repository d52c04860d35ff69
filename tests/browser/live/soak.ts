import { type Backend, VirtualBackground } from '../../../ts/src/index.js';
import { paintScene } from '../sdk/scene.js';
import { CHANNEL, type Holdings, holdings } from './counting-patches.js';

/** So many frames are on their way at once: the next one is there when one is done. */
const AHEAD = 2;

/** How long a frame is waited for before it is asked whether it was dropped, in milliseconds. */
const PATIENCE = 500;

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
  progress = 0;
  let wake = () => {};
  const reading = (async () => {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      next.value.close();
      progress += 1;
      wake();
    }
  })();
  const warm = Math.ceil(frames / 10);
  let [written, dropped, began, readBefore] = [0, 0, 0, 0];
  let start: Holdings | undefined;
  while (written < frames) {
    if (!start && written >= warm) {
      start = await held();
      began = performance.now();
      readBefore = progress;
    }
    if (written - progress - dropped < AHEAD) {
      await writer.write(new VideoFrame(canvas, { timestamp: written * 33_333 }));
      written += 1;
      continue;
    }
    const woken = new Promise<boolean>((resolve) => {
      wake = () => resolve(true);
      setTimeout(resolve, PATIENCE, false);
    });
    // One that is dropped wakes nobody.
    if (!(await woken)) dropped = (await background.metrics()).frames.dropped;
  }
  const pace = (performance.now() - began) / (progress - readBefore);
  await writer.close();
  await reading;
  const end = await held();
  const { frames: counts } = await background.metrics();
  const flowing = workers.size;
  await background.destroy();
  const { processed } = counts;
  return {
    written,
    read: progress,
    dropped: counts.dropped,
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
  const names = Object.keys(page) as (keyof Holdings)[];
  return Object.fromEntries(names.map((name) => [name, worker[name] + page[name]])) as unknown as Holdings;
}
