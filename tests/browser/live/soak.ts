import { type Backend, VirtualBackground } from '../../../ts/src/index.js';
import { readPixels } from '../sdk/helpers/pixels.js';
import { frameOf } from '../sdk/helpers/raw-frames.js';
import { paintScene } from '../sdk/helpers/scene.js';
import { CHANNEL, type Holdings, holdings } from './counting-patches.js';

/** How many frames are in flight: the next one enters when one is done. */
const AHEAD = 2;

/** How long a frame may take before the metrics are queried for a drop, in milliseconds. */
const TIMEOUT = 500;

/** The options of a soak test. */
export interface SoakOptions {
  frames: number;
  width: number;
  height: number;
  backend: Backend;
}

/** The result of a soak test. */
export interface SoakReport {
  /** Frames that entered, came out, and were counted as dropped. */
  written: number;
  read: number;
  dropped: number;
  /** Frames among them that were composited. */
  processed: number;
  /** Milliseconds per frame, on average. */
  pace: number;
  /** What page and worker held together after the first tenth, and at the end. */
  start: Holdings;
  end: Holdings;
  /** Frames that were open at the end. */
  open: number;
  /** Workers that were started and not terminated, while frames flowed and at the end. */
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

/** How many frames have come out. */
export function soaked(): number {
  return progress;
}

/** Sends frames through the SDK as fast as it accepts them: of a canvas and of a camera in turn, which have different formats. */
export async function soak({ frames, width, height, backend }: SoakOptions): Promise<SoakReport> {
  const background = await VirtualBackground.create({ backend, quality: 'high' });
  const canvas = await paintScene(width, height);
  const image = readPixels(canvas, width, height);
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
      const timestamp = written * 33_333;
      const isDrawn = written % 2 === 0;
      await writer.write(
        isDrawn ? new VideoFrame(canvas, { timestamp }) : frameOf(image, 'I420', { timestamp }),
      );
      written += 1;
      continue;
    }
    const woken = new Promise<boolean>((resolve) => {
      wake = () => resolve(true);
      setTimeout(resolve, TIMEOUT, false);
    });
    // A dropped frame resolves no promise.
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
