/** The protocol of a run: what is measured, and in which order. */
import type { BenchmarkEngine, Candidate, FrameTimings, Mask, PreparedFrame, Variant } from './engines';
import type { MaskEvaluator } from './quality';
import {
  type Clock,
  type Figure,
  MOST_REFUSED,
  type Row,
  rowKey,
  rowTitle,
  STAGES,
  sizeName,
} from './report';
import { figure } from './statistics';

/**
 * The most engines that are open at once: each has textures for a whole frame, and its own device. Engines of one group are measured in
 * turns, and the next group follows.
 */
const MOST_OPEN = 8;

/** The number of progress steps for opening an engine. */
const OPENING = 3;

/** What a run measures, and how. */
export interface Plan {
  candidates: readonly Candidate[];
  /** Frames by `sizeName`. */
  frames: ReadonlyMap<string, readonly PreparedFrame[]>;
  rounds: number;
  framesPerRound: number;
  warmUp: number;
  seconds: number;
  /** Evaluates masks; `undefined` if the run does not evaluate them. */
  evaluator: MaskEvaluator | undefined;
}

/** A mask of one row, to show in the page. */
export interface MaskSample {
  row: Row;
  mask: Mask;
  person: ImageBitmap | undefined;
  frame: PreparedFrame;
}

/** Receives the progress and the results of a run. */
export interface Listener {
  /** The current activity, and the completed fraction of the run. */
  progress(message: string, done: number): void;
  /** Rows have new results. The run waits for the promise, so that drawing does not disturb the measurements. */
  rows(rows: readonly Row[]): Promise<void>;
  /** A single frame of the row with this key was processed: its start and its duration, in milliseconds. */
  frame(row: string, at: number, took: number): void;
  mask(sample: MaskSample): void;
  adapter(adapter: NonNullable<BenchmarkEngine['adapter']>): void;
  /** An error that belongs to no row. */
  problem(message: string): void;
}

/** One configuration during the run. */
class Configuration {
  readonly candidate: Candidate;
  readonly variant: Variant;
  modelSize: readonly [number, number] | undefined;
  error: string | undefined;
  quality: Row['quality'];
  /** Blocked requests of the engine, as many as a report can contain. */
  refused: Row['refused'];
  readonly #cpu = new Map<string, number[]>();
  readonly #gpu = new Map<string, number[]>();
  readonly #ranges = { inference: new Values(), segmentation: new Values(), frame: new Values() };
  readonly #stopwatch: number[] = [];
  readonly #rates: number[] = [];
  #gpuClock: Clock = 'gpu';

  constructor(candidate: Candidate, variant: Variant) {
    this.candidate = candidate;
    this.variant = variant;
    this.modelSize = candidate.model.size;
  }

  add({ cpu, gpu, gpuClock, stopwatch, inference, segmentation, frame }: FrameTimings): void {
    for (const stage of STAGES) {
      push(this.#cpu, stage, cpu?.[stage]);
      push(this.#gpu, stage, gpu?.[stage]);
    }
    if (gpuClock) this.#gpuClock = gpuClock;
    if (stopwatch !== undefined) this.#stopwatch.push(stopwatch);
    this.#ranges.inference.add(inference);
    this.#ranges.segmentation.add(segmentation);
    this.#ranges.frame.add(frame);
  }

  addRate(rate: number): void {
    this.#rates.push(rate);
  }

  get title(): string {
    return rowTitle(this.row());
  }

  get measured(): boolean {
    return this.#stopwatch.length > 0 || this.#rates.length > 0 || this.#cpu.size > 0;
  }

  row(): Row {
    const { system, version, model, backend, precision, threads } = this.candidate;
    const stages: Row['stages'] = {};
    for (const stage of STAGES) {
      const cpu = figure(this.#cpu.get(stage) ?? [], 'cpu');
      const gpu = figure(this.#gpu.get(stage) ?? [], this.#gpuClock);
      if (cpu || gpu) stages[stage] = { ...(cpu && { cpu }), ...(gpu && { gpu }) };
    }
    const optional = <Key extends string, Value>(key: Key, value: Value | undefined) =>
      (value === undefined ? {} : { [key]: value }) as { [Name in Key]?: Value };
    const size = this.modelSize;
    return {
      system,
      version,
      model: model.name,
      ...(size && { modelSize: [size[0], size[1]] }),
      backend,
      precision,
      ...optional('threads', threads),
      refinement: this.variant.refinement,
      input: this.variant.input,
      stages,
      ranges: {
        ...optional('inference', this.#ranges.inference.figure()),
        ...optional('segmentation', this.#ranges.segmentation.figure()),
        ...optional('frame', this.#ranges.frame.figure()),
      },
      ...optional('stopwatch', figure(this.#stopwatch, 'completed')),
      ...optional('framesPerSecond', figure(this.#rates, 'completed')),
      ...optional('quality', this.quality),
      ...optional('refused', this.refused),
      ...optional('error', this.error),
    };
  }
}

/** The values of one figure, with their common clock. */
class Values {
  readonly #values: number[] = [];
  #clock: Clock = 'completed';

  add(value: readonly [number, Clock] | undefined): void {
    if (!value) return;
    this.#values.push(value[0]);
    this.#clock = value[1];
  }

  figure(): Figure | undefined {
    return figure(this.#values, this.#clock);
  }
}

function push(values: Map<string, number[]>, key: string, value: number | undefined): void {
  if (value === undefined) return;
  const list = values.get(key);
  if (list) list.push(value);
  else values.set(key, [value]);
}

/** An open engine with its configurations. */
interface Opened {
  engine: BenchmarkEngine;
  candidate: Candidate;
  configurations: Configuration[];
}

/**
 * Measures all candidates. A failure becomes an error in its rows, and the run continues. After `signal` aborts, the promise resolves
 * with the results so far. All engines are closed at the end.
 */
export async function measure(plan: Plan, listener: Listener, signal: AbortSignal): Promise<Row[]> {
  const run = new Run(plan, listener, signal);
  return run.all();
}

class Run {
  readonly #plan: Plan;
  readonly #listener: Listener;
  readonly #signal: AbortSignal;
  readonly #configurations: Configuration[] = [];
  readonly #groups: Candidate[][] = [];
  readonly #steps: number;
  #step = 0;
  /** Models and refinements whose mask is shown already. */
  readonly #shown = new Set<string>();

  constructor(plan: Plan, listener: Listener, signal: AbortSignal) {
    this.#plan = plan;
    this.#listener = listener;
    this.#signal = signal;
    const { candidates, evaluator, rounds } = plan;
    // The reference is measured first.
    const isReference = (candidate: Candidate) => evaluator?.isReference(candidate) ?? false;
    const ordered = [...candidates].sort((a, b) => Number(isReference(b)) - Number(isReference(a)));
    for (let from = 0; from < ordered.length; from += MOST_OPEN) {
      this.#groups.push(ordered.slice(from, from + MOST_OPEN));
    }
    for (const candidate of candidates) {
      for (const variant of candidate.variants) {
        this.#configurations.push(new Configuration(candidate, variant));
      }
    }
    const turns = 1 + rounds + (evaluator ? 1 : 0);
    this.#steps = candidates.length * OPENING + this.#configurations.length * turns;
  }

  async all(): Promise<Row[]> {
    for (const group of this.#groups) {
      if (!this.#signal.aborted) await this.#group(group);
    }
    return this.#rows();
  }

  #rows(): Row[] {
    return this.#configurations
      .filter(({ measured, error }) => measured || error !== undefined)
      .map((one) => one.row());
  }

  async #group(candidates: readonly Candidate[]): Promise<void> {
    const opened: Opened[] = [];
    const { rounds, warmUp, evaluator } = this.#plan;
    try {
      for (const candidate of candidates) {
        const engine = await this.#open(candidate);
        if (engine) opened.push({ engine, candidate, configurations: this.#of(candidate) });
      }
      await this.#turns(opened, 'warming up', async ({ engine }, { variant }) => {
        const frames = this.#framesOf(variant.input);
        for (let count = 0; count < warmUp; count += 1) await engine.warm(take(frames, count));
      });
      for (let round = 1; round <= rounds; round += 1) {
        await this.#turns(opened, `round ${round} of ${rounds}`, async (one, configuration) => {
          await this.#round(one.engine, configuration);
          this.#collect(one);
        });
      }
      await this.#settle(opened);
      if (evaluator && !this.#signal.aborted) await this.#evaluateAll(evaluator, opened);
      for (const { engine, configurations } of opened) {
        const refused = engine.refused?.() ?? [];
        if (refused.length === 0) continue;
        for (const one of configurations)
          one.refused = refused.slice(0, MOST_REFUSED).map((what) => what.slice(0, 300));
      }
    } finally {
      await Promise.all(opened.map(({ engine }) => engine.close().catch(() => {})));
    }
  }

  #of(candidate: Candidate): Configuration[] {
    return this.#configurations.filter((one) => one.candidate === candidate);
  }

  async #open(candidate: Candidate): Promise<BenchmarkEngine | undefined> {
    if (this.#signal.aborted) return undefined;
    const { system, model, backend, precision } = candidate;
    this.#report(`starting: ${system} · ${model.name} · ${backend} ${precision}`);
    try {
      const engine = await candidate.open(this.#signal);
      if (engine.adapter && backend === 'webgpu') this.#listener.adapter(engine.adapter);
      for (const one of this.#of(candidate)) one.modelSize = engine.modelSize;
      return engine;
    } catch (error) {
      if (!this.#signal.aborted) for (const one of this.#of(candidate)) one.error = messageOf(error);
      return undefined;
    } finally {
      this.#step += OPENING;
      await this.#listener.rows(this.#rows());
    }
  }

  /** Gives each configuration a turn, one after another. */
  async #turns(
    opened: readonly Opened[],
    activity: string,
    turn: (one: Opened, configuration: Configuration) => Promise<void>,
  ): Promise<void> {
    for (const one of opened) {
      for (const configuration of one.configurations) {
        if (this.#signal.aborted) return;
        if (configuration.error === undefined) {
          this.#report(`${activity}: ${configuration.title}`);
          try {
            await one.engine.set(configuration.variant);
            await turn(one, configuration);
          } catch (error) {
            if (!this.#signal.aborted) configuration.error = messageOf(error);
          }
          await this.#listener.rows(this.#rows());
        }
        this.#step += 1;
      }
    }
  }

  async #round(engine: BenchmarkEngine, configuration: Configuration): Promise<void> {
    const frames = this.#framesOf(configuration.variant.input);
    const { framesPerRound, seconds } = this.#plan;
    for (let count = 0; count < framesPerRound; count += 1) {
      this.#signal.throwIfAborted();
      await engine.single(take(frames, count));
    }
    if (seconds > 0) configuration.addRate(await engine.throughput(frames, seconds, this.#signal));
  }

  #collect({ engine, configurations }: Opened): void {
    for (const { variant, timings } of engine.collect()) {
      const configuration = configurations.find((one) => one.variant === variant);
      if (!configuration) continue;
      configuration.add(timings);
      const { at, stopwatch } = timings;
      if (at !== undefined && stopwatch !== undefined) {
        this.#listener.frame(rowKey(configuration.row()), at, stopwatch);
      }
    }
  }

  /** Waits for the outstanding timings, also after a run was stopped. */
  async #settle(opened: readonly Opened[]): Promise<void> {
    this.#report('waiting for the last timings');
    await Promise.all(
      opened.map(async ({ engine, configurations: [configuration] }) => {
        const frames = configuration && this.#framesOf(configuration.variant.input);
        // The rows of an engine that failed contain its error.
        if (frames) await engine.settle(take(frames, 0)).catch(() => {});
      }),
    );
    for (const one of opened) this.#collect(one);
    await this.#listener.rows(this.#rows());
  }

  async #evaluateAll(evaluator: MaskEvaluator, opened: readonly Opened[]): Promise<void> {
    const sizes = new Map(this.#configurations.map(({ variant: { input } }) => [sizeName(input), input]));
    try {
      await evaluator.prepare(
        [...sizes.values()].map((input) => ({ input, frames: this.#framesOf(input) })),
        opened.find(({ candidate }) => evaluator.isReference(candidate))?.engine,
        this.#signal,
      );
    } catch (error) {
      if (!this.#signal.aborted)
        this.#listener.problem(`The masks could not be evaluated: ${messageOf(error)}`);
    }
    await this.#turns(opened, 'evaluating masks', async ({ engine, candidate }, configuration) => {
      const { variant } = configuration;
      const frames = this.#framesOf(variant.input);
      const { quality, segmented, index } = await evaluator.evaluate(engine, candidate, variant, frames);
      configuration.quality = quality;
      const shown = JSON.stringify([candidate.system, candidate.model.name, variant.refinement]);
      if (this.#shown.has(shown)) segmented.person?.close();
      else this.#listener.mask({ row: configuration.row(), frame: take(frames, index), ...segmented });
      this.#shown.add(shown);
    });
  }

  #framesOf(input: Variant['input']): readonly PreparedFrame[] {
    return this.#plan.frames.get(sizeName(input)) ?? [];
  }

  #report(message: string): void {
    this.#listener.progress(message, Math.min(1, this.#step / this.#steps));
  }
}

/** A frame by its index, in a loop. */
function take(frames: readonly PreparedFrame[], index: number): PreparedFrame {
  const frame = frames[index % frames.length];
  if (!frame) throw new Error('there are no frames of this size');
  return frame;
}

/** The message of an error. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
