import { type Backend, VirtualBackground } from '../../../ts/src/index.js';
import { Meter } from '../../../ts/src/meter.js';
import type { StageTimes } from '../../../ts/src/metrics.js';
import { LADDER } from '../../../ts/src/quality.js';
import type { Timing } from '../../../ts/src/sampling.js';
import { readPixels } from '../sdk/pixels.js';
import { paintScene } from '../sdk/scene.js';

/** What is compared. The second `off` differs in nothing from the first: what it differs by is the method's own error. */
export const CASES = ['off', 'off again', 'auto', 'completed'] as const;

export type Case = (typeof CASES)[number];

/** How overhead is measured. */
export interface OverheadOptions {
  rounds: number;
  /** In a row, in each case of each round. */
  framesPerRound: number;
  width: number;
  height: number;
  backend: Backend;
}

export interface OverheadReport {
  adapter: string;
  /** Whether `auto` has timestamps. */
  timestamps: boolean;
  /** Milliseconds a frame in each round. */
  rounds: Record<Case, number[]>;
  /** Microseconds a frame that the bookkeeping by itself takes the thread, without any engine. */
  bookkeeping: Record<Timing, number>;
}

let done = 0;

/** How many rounds are done by now. */
export function rounds(): number {
  return done;
}

/**
 * Takes frames with each timing in turns, a few at a time, so that what else the machine does meets all of them alike. The
 * clock stops when the last frame's picture was drawn and read, and so made.
 */
export async function measureOverhead(options: OverheadOptions): Promise<OverheadReport> {
  const { width, height, backend, framesPerRound } = options;
  const canvas = await paintScene(width, height);
  const backgrounds = new Map<Case, VirtualBackground>();
  done = 0;
  try {
    for (const name of CASES) {
      const timing: Timing = name === 'off again' ? 'off' : name;
      backgrounds.set(name, await VirtualBackground.create({ timing, backend, quality: 'high' }));
    }
    const take = async (name: Case, frames: number): Promise<number> => {
      const start = performance.now();
      for (let left = frames; left > 0; left -= 1) {
        const output = await backgrounds.get(name)?.processFrame(canvas);
        if (output?.outcome !== 'processed') throw new Error(`with ${name} a frame failed`);
        if (left === 1) readPixels(output.image, 1, 1);
        output.image.close();
      }
      return (performance.now() - start) / frames;
    };
    for (const name of CASES) await take(name, 10);
    const taken: OverheadReport['rounds'] = { off: [], 'off again': [], auto: [], completed: [] };
    for (let round = 0; round < options.rounds; round += 1) {
      // Each case stands in each place as often.
      for (const place of CASES.keys()) {
        const name = CASES[(place + round) % CASES.length] ?? 'off';
        // Its caches are cold from the case before.
        await take(name, 1);
        taken[name].push(await take(name, framesPerRound));
      }
      done = round + 1;
    }
    const metrics = await backgrounds.get('auto')?.metrics();
    return {
      adapter: metrics?.adapter ?? '',
      timestamps: metrics?.timestamps ?? false,
      rounds: taken,
      bookkeeping: {
        off: bookkeeping('off', metrics?.timestamps ?? false),
        auto: bookkeeping('auto', metrics?.timestamps ?? false),
        completed: bookkeeping('completed', metrics?.timestamps ?? false),
      },
    };
  } finally {
    for (const background of backgrounds.values()) await background.destroy();
  }
}

const TIMES: StageTimes = {
  import: 1,
  preprocess: 1,
  inference: 1,
  refine: 1,
  composite: 1,
  output: 1,
  total: 6,
};

/** Microseconds a frame: all that a pipeline asks of its meter, with a report every thirty frames. */
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
      rung: LADDER[0],
      number: 1,
    } as const;
    const size = { width: 1280, height: 720 };
    const start = performance.now();
    for (let number = 0; number < frames; number += 1) {
      meter.arrive();
      const load = meter.load(size, () => conditions);
      const taken = performance.now();
      const clock = meter.clock(load, false, taken);
      const completed = clock === 'completed' ? TIMES : undefined;
      const made = { load, number, segmented: true, cpu: TIMES, completed, handed: taken, taken, clock };
      const open = meter.record(made);
      const { output: _, total: __, ...gpu } = TIMES;
      if (open) meter.finish(open, performance.now(), clock === 'gpu' ? [{ number, ...gpu }] : []);
      meter.leave('processed', performance.now());
      if (meter.on && number % 30 === 29) {
        meter.report(conditions, { wasm: 0, network: 0, heap: 0 });
        meter.takeSamples();
      }
    }
    best.push(((performance.now() - start) * 1000) / frames);
  }
  return best.sort((a, b) => a - b)[best.length >> 1] ?? Number.NaN;
}
