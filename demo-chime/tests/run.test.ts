import { expect, test } from 'vitest';
import type { Row } from '../src/benchmark/report';
import { type Listener, measure, type Plan } from '../src/benchmark/run';
import type { Candidate, FrameFigures, Network, PreparedFrame, Variant } from '../src/benchmark/systems';

const frame = {} as PreparedFrame;
const guided: Variant = { refinement: 'guided', input: [1280, 720] };
const none: Variant = { refinement: 'none', input: [1280, 720] };

/** What networks were told to do, in order. */
let log: string[];
/** How many networks are open, and were at most. */
let open: number;
let most: number;

/** A network that takes `took` for each frame, and tells of it only when it settles. */
class Fake implements Network {
  readonly modelSize = [256, 144] as const;
  readonly #name: string;
  readonly #took: number;
  readonly #fails: (what: string) => boolean;
  #variant: Variant = guided;
  #late: { variant: Variant; figures: FrameFigures }[] = [];
  #told: { variant: Variant; figures: FrameFigures }[] = [];

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
    const figures: FrameFigures = {
      gpu: { inference: this.#took },
      gpuClock: 'gpu',
      inference: [this.#took, 'gpu'],
      frame: [3 * this.#took, 'completed'],
      stopwatch: 3 * this.#took,
      at: log.length,
    };
    this.#late.push({ variant: this.#variant, figures });
  }

  async stretch(): Promise<number> {
    return 1000 / this.#took;
  }

  collect() {
    return this.#told.splice(0);
  }

  async settle(): Promise<void> {
    this.#told.push(...this.#late.splice(0));
  }

  async cut(): Promise<never> {
    throw new Error('nobody judges here');
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
    open: async () => new Fake(name, took, fails),
  };
}

const plan = (candidates: Candidate[], more: Partial<Plan> = {}): Plan => ({
  candidates,
  frames: new Map([['720p', [frame]]]),
  rounds: 2,
  framesPerRound: 2,
  warmUp: 1,
  seconds: 0.1,
  judge: undefined,
  ...more,
});

const listener = (more: Partial<Listener> = {}): Listener => ({
  progress() {},
  async rows() {},
  frame() {},
  cut() {},
  adapter() {},
  problem() {},
  ...more,
});

async function run(of: Plan, to = listener(), signal = new AbortController().signal): Promise<Row[]> {
  log = [];
  open = 0;
  most = 0;
  const rows = await measure(of, to, signal);
  expect(open, 'networks left open').toBe(0);
  return rows;
}

test('everybody’s first round comes before anybody’s second', async () => {
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

test('what fails has an error in its row, and the others go on', async () => {
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

test('what a network asked for elsewhere stands in its rows, as much as a report has room for', async () => {
  const asking: Candidate = {
    ...candidate('a', 1),
    open: async () =>
      Object.assign(new Fake('a', 1, () => false), {
        refused: () => Array.from({ length: 30 }, () => 'x'.repeat(400)),
      }),
  };
  const rows = await run(plan([asking, candidate('b', 1)]));
  expect(rows.map(({ refused }) => refused?.length)).toEqual([20, 20, undefined, undefined]);
  expect(rows[0]?.refused?.[0]).toHaveLength(300);
});

test('a run that is stopped keeps what there is, and closes all', async () => {
  const stop = new AbortController();
  const follow = listener({
    progress(words) {
      if (words.startsWith('round 2')) stop.abort();
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

test('no more networks are held at once than a GPU has room for, and progress goes up to the whole', async () => {
  const shares: number[] = [];
  const many = Array.from({ length: 19 }, (_, index) => candidate(`network ${index}`, 1));
  const rows = await run(plan(many, { rounds: 1 }), listener({ progress: (_, done) => shares.push(done) }));
  expect(rows).toHaveLength(38);
  expect(most).toBe(8);
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  expect(shares.at(-1)).toBeGreaterThan(0.95);
});
