import { expect, test } from 'vitest';
import type {
  BenchmarkEngine,
  Candidate,
  FrameTimings,
  PreparedFrame,
  Variant,
} from '../src/benchmark/engines';
import type { Row } from '../src/benchmark/report';
import { type Listener, measure, type Plan } from '../src/benchmark/run';

const frame = {} as PreparedFrame;
const guided: Variant = { refinement: 'guided', input: [1280, 720] };
const none: Variant = { refinement: 'none', input: [1280, 720] };

/** The calls to engines, in order. */
let log: string[];
/** The number of open engines, and its maximum. */
let open: number;
let most: number;

/** An engine that takes `took` for each frame, and reports timings only when it settles. */
class FakeEngine implements BenchmarkEngine {
  readonly modelSize = [256, 144] as const;
  readonly #name: string;
  readonly #took: number;
  readonly #fails: (what: string) => boolean;
  #variant: Variant = guided;
  #late: { variant: Variant; timings: FrameTimings }[] = [];
  #reported: { variant: Variant; timings: FrameTimings }[] = [];

  constructor(name: string, took: number, fails: (what: string) => boolean) {
    this.#name = name;
    this.#took = took;
    this.#fails = fails;
    open += 1;
    most = Math.max(most, open);
  }

  async set(variant: Variant): Promise<void> {
    this.#variant = variant;
  }

  async warm(): Promise<void> {
    log.push(`${this.#name} warm`);
  }

  async single(): Promise<void> {
    const what = `${this.#name} ${this.#variant.refinement}`;
    log.push(what);
    if (this.#fails(what)) throw new Error('the device was lost');
    const timings: FrameTimings = {
      gpu: { inference: this.#took },
      gpuClock: 'gpu',
      inference: [this.#took, 'gpu'],
      frame: [3 * this.#took, 'completed'],
      stopwatch: 3 * this.#took,
      at: log.length,
    };
    this.#late.push({ variant: this.#variant, timings });
  }

  async throughput(): Promise<number> {
    return 1000 / this.#took;
  }

  collect() {
    return this.#reported.splice(0);
  }

  async settle(): Promise<void> {
    this.#reported.push(...this.#late.splice(0));
  }

  async segment(): Promise<never> {
    throw new Error('this test evaluates no masks');
  }

  async close(): Promise<void> {
    open -= 1;
  }
}

function candidate(name: string, took: number, fails: (what: string) => boolean = () => false): Candidate {
  return {
    system: 'cyclorama',
    version: '0.1.0',
    model: { name, title: name, bytes: async () => new ArrayBuffer(0) },
    backend: 'webgpu',
    precision: 'f32',
    variants: [guided, none],
    open: async () => new FakeEngine(name, took, fails),
  };
}

const plan = (candidates: Candidate[], more: Partial<Plan> = {}): Plan => ({
  candidates,
  frames: new Map([['720p', [frame]]]),
  rounds: 2,
  framesPerRound: 2,
  warmUp: 1,
  seconds: 0.1,
  evaluator: undefined,
  ...more,
});

const listener = (more: Partial<Listener> = {}): Listener => ({
  progress() {},
  async rows() {},
  frame() {},
  mask() {},
  adapter() {},
  problem() {},
  ...more,
});

async function run(of: Plan, to = listener(), signal = new AbortController().signal): Promise<Row[]> {
  log = [];
  open = 0;
  most = 0;
  const rows = await measure(of, to, signal);
  expect(open, 'engines left open').toBe(0);
  return rows;
}

test('the first round of all configurations comes before the second', async () => {
  const rows = await run(plan([candidate('a', 2), candidate('b', 4)]));
  const round = ['a guided', 'a guided', 'a none', 'a none', 'b guided', 'b guided', 'b none', 'b none'];
  expect(log).toEqual(['a warm', 'a warm', 'b warm', 'b warm', ...round, ...round]);
  expect(
    rows.map(({ model, refinement, ranges, framesPerSecond }) => [
      model,
      refinement,
      ranges.inference?.median,
      framesPerSecond?.median,
    ]),
  ).toEqual([
    ['a', 'guided', 2, 500],
    ['a', 'none', 2, 500],
    ['b', 'guided', 4, 250],
    ['b', 'none', 4, 250],
  ]);
  expect(rows[0]?.stages.inference?.gpu).toMatchObject({ clock: 'gpu', n: 4 });
  expect(rows[0]?.ranges.frame).toMatchObject({ clock: 'completed', median: 6 });
});

test('a failure becomes an error in its row, and the run continues', async () => {
  const broken = { ...candidate('broken', 1), open: () => Promise.reject(new Error('no such model')) };
  const lost = candidate('lost', 1, (what) => what === 'lost none');
  const rows = await run(plan([broken, lost, candidate('well', 2)]));
  expect(rows.map(({ model, refinement, error }) => [model, refinement, error])).toEqual([
    ['broken', 'guided', 'no such model'],
    ['broken', 'none', 'no such model'],
    ['lost', 'guided', undefined],
    ['lost', 'none', 'the device was lost'],
    ['well', 'guided', undefined],
    ['well', 'none', undefined],
  ]);
  expect(log.filter((line) => line === 'lost none')).toHaveLength(1);
  expect(rows[5]?.ranges.inference).toMatchObject({ median: 2, n: 4 });
});

test('rows contain the blocked requests of their engine, up to the limit of a report', async () => {
  const asking: Candidate = {
    ...candidate('a', 1),
    open: async () =>
      Object.assign(new FakeEngine('a', 1, () => false), {
        refused: () => Array.from({ length: 30 }, () => 'x'.repeat(400)),
      }),
  };
  const rows = await run(plan([asking, candidate('b', 1)]));
  expect(rows.map(({ refused }) => refused?.length)).toEqual([20, 20, undefined, undefined]);
  expect(rows[0]?.refused?.[0]).toHaveLength(300);
});

test('a stopped run keeps its results and closes all engines', async () => {
  const stop = new AbortController();
  const follow = listener({
    progress(message) {
      if (message.startsWith('round 2')) stop.abort();
    },
  });
  const rows = await run(plan([candidate('a', 2), candidate('b', 4)], { rounds: 50 }), follow, stop.signal);
  expect(rows.map(({ model, ranges, error }) => [model, ranges.inference?.n, error])).toEqual([
    ['a', 2, undefined],
    ['a', 2, undefined],
    ['b', 2, undefined],
    ['b', 2, undefined],
  ]);
});

test('at most eight engines are open at once, and progress rises to the end', async () => {
  const fractions: number[] = [];
  const many = Array.from({ length: 19 }, (_, index) => candidate(`model ${index}`, 1));
  const rows = await run(
    plan(many, { rounds: 1 }),
    listener({ progress: (_, done) => fractions.push(done) }),
  );
  expect(rows).toHaveLength(38);
  expect(most).toBe(8);
  expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
  expect(fractions.at(-1)).toBeGreaterThan(0.95);
});
