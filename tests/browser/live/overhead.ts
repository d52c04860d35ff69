import { type Backend, VirtualBackground } from '../../../ts/src/index.js';
import type { Timing } from '../../../ts/src/shared/metrics.js';
import { QUALITY_LEVELS } from '../../../ts/src/shared/quality.js';
import type { StageTimings } from '../../../ts/src/shared/stages.js';
import { Meter } from '../../../ts/src/worker/metrics/meter.js';
import { readPixels } from '../sdk/helpers/pixels.js';
import { paintScene } from '../sdk/helpers/scene.js';

/** What is compared. The second `off` is identical to the first, so their difference is the method's own error. */
export const CASES = ['off', 'off again', 'auto', 'every', 'completed'] as const;

export type Case = (typeof CASES)[number];

/** The frames and the backend. */
export interface OverheadOptions {
  width: number;
  height: number;
  backend: Backend;
}

/** The measurement, and its own cost. */
export interface OverheadInfo {
  adapter: string;
  /** Whether `auto` has timestamps. */
  timestamps: boolean;
  /** Microseconds per frame that the bookkeeping takes on the thread, without an engine. */
  bookkeeping: Record<Timing, number>;
}

const backgrounds = new Map<Case, VirtualBackground>();
let canvas: HTMLCanvasElement | undefined;

/** Creates a background for each case, and runs its first frames. */
export async function openCases({ width, height, backend }: OverheadOptions): Promise<OverheadInfo> {
  canvas = await paintScene(width, height);
  for (const name of CASES) {
    const timing: Timing = name === 'off again' ? 'off' : name;
    backgrounds.set(name, await VirtualBackground.create({ timing, backend, quality: 'high' }));
    await take(name, 10);
  }
  const metrics = await backgrounds.get('auto')?.metrics();
  const { adapter = '', timestamps = false } = metrics ?? {};
  return {
    adapter,
    timestamps,
    bookkeeping: {
      off: bookkeeping('off', timestamps),
      auto: bookkeeping('auto', timestamps),
      every: bookkeeping('every', timestamps),
      completed: bookkeeping('completed', timestamps),
    },
  };
}

/** Milliseconds that `frames` consecutive frames take. The clock stops when the last frame's image has been drawn and read. */
export async function take(name: Case, frames: number): Promise<number> {
  const background = backgrounds.get(name);
  if (!background || !canvas) throw new Error('the cases are not open');
  const start = performance.now();
  for (let left = frames; left > 0; left -= 1) {
    const output = await background.processFrame(canvas);
    if (output.outcome !== 'processed') throw new Error(`with ${name} a frame failed`);
    if (left === 1) readPixels(output.image, 1, 1);
    output.image.close();
  }
  return performance.now() - start;
}

const TIMES: StageTimings = {
  import: 1,
  preprocess: 1,
  inference: 1,
  refine: 1,
  composite: 1,
  output: 1,
  total: 6,
};

/** Microseconds per frame for all of a pipeline's calls to its meter, with a report every thirty frames. */
function bookkeeping(timing: Timing, timestamps: boolean): number {
  const frames = 3000;
  const best: number[] = [];
  for (let repetition = 0; repetition < 5; repetition += 1) {
    const meter = new Meter(timing);
    const conditions = {
      info: {
        adapter: '',
        fallbackAdapter: true,
        backend: 'webgpu',
        model: { family: 'selfie', width: 256, height: 144 },
        timestamps,
        precision: 'f32',
      },
      level: QUALITY_LEVELS[0],
      number: 1,
    } as const;
    const size = { width: 1280, height: 720 };
    const start = performance.now();
    for (let number = 0; number < frames; number += 1) {
      meter.arrive();
      const load = meter.load(size, () => conditions);
      const started = performance.now();
      const clock = meter.clock(load, false, started);
      const completed = clock === 'completed' ? TIMES : undefined;
      const made = {
        load,
        number,
        segmented: true,
        cpu: TIMES,
        completed,
        submitted: started,
        started,
        clock,
      };
      const open = meter.record(made);
      const { output: _, total: __, ...gpu } = TIMES;
      if (open) meter.finish(open, performance.now(), clock === 'gpu' ? [{ number, ...gpu }] : []);
      meter.leave('processed', performance.now());
      if (meter.on && number % 30 === 29) {
        meter.report(conditions, { wasm: 0, model: 0, heap: 0 });
        meter.takeSamples();
      }
    }
    best.push(((performance.now() - start) * 1000) / frames);
  }
  return best.sort((a, b) => a - b)[best.length >> 1] ?? Number.NaN;
}
