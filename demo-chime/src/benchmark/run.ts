/** The protocol: what is measured in which order. */

import type { Judge } from './quality';
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
import type { Candidate, FrameFigures, Mask, Network, PreparedFrame, Variant } from './systems';

/**
 * Networks that are held at once: each has textures for a whole frame, and a device of its own. Those of one group are measured in
 * turns, the next group after it.
 */
const MOST_ALIVE = 8;

/** How many turns making a network ready counts as, for the progress. */
const OPENING = 3;

/** What is to be measured, and how. */
export interface Plan {
  candidates: readonly Candidate[];
  /** Frames by size, as `sizeName` has it. */
  frames: ReadonlyMap<string, readonly PreparedFrame[]>;
  rounds: number;
  framesPerRound: number;
  warmUp: number;
  seconds: number;
  /** Judges masks; `undefined` where none are judged. */
  judge: Judge | undefined;
}

/** A mask of one row, for people to look at. */
export interface Cut {
  row: Row;
  mask: Mask;
  person: ImageBitmap | undefined;
  frame: PreparedFrame;
}

/** Whoever follows a run. */
export interface Listener {
  /** What is being done, and how much of the whole that is, in 0..=1. */
  progress(words: string, done: number): void;
  /** Rows have new figures; what is done with them is waited for, so that it is not measured along. */
  rows(rows: readonly Row[]): Promise<void>;
  /** A single frame of the row with this key was made, at a time and for so long, in milliseconds. */
  frame(row: string, at: number, took: number): void;
  cut(cut: Cut): void;
  adapter(adapter: NonNullable<Network['adapter']>): void;
  /** Something that belongs to no row failed. */
  problem(words: string): void;
}

/** One configuration while it is measured. */
class Configuration {
  readonly candidate: Candidate;
  readonly variant: Variant;
  modelSize: readonly [number, number] | undefined;
  error: string | undefined;
  quality: Row['quality'];
  /** What the network asked for elsewhere, as far as a report has room for it. */
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

  add({ cpu, gpu, gpuClock, stopwatch, inference, segmentation, frame }: FrameFigures): void {
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

/** Values of one figure, with the clock that they have in common. */
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

/** A network with its configurations. */
interface Opened {
  network: Network;
  candidate: Candidate;
  configurations: Configuration[];
}

/**
 * Measures everything. What fails has an error in its rows, and the others go on; once `signal` is aborted, it resolves with what there
 * is by then. All networks are closed at the end.
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
  /** Networks and refinements of which a picture is shown already. */
  readonly #shown = new Set<string>();

  constructor(plan: Plan, listener: Listener, signal: AbortSignal) {
    this.#plan = plan;
    this.#listener = listener;
    this.#signal = signal;
    const { candidates, judge, rounds } = plan;
    // What the others are judged by comes first.
    const isReference = (candidate: Candidate) => judge?.isReference(candidate) ?? false;
    const ordered = [...candidates].sort((a, b) => Number(isReference(b)) - Number(isReference(a)));
    for (let from = 0; from < ordered.length; from += MOST_ALIVE) {
      this.#groups.push(ordered.slice(from, from + MOST_ALIVE));
    }
    for (const candidate of candidates) {
      for (const variant of candidate.variants) {
        this.#configurations.push(new Configuration(candidate, variant));
      }
    }
    const turns = 1 + rounds + (judge ? 1 : 0);
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
    const { rounds, warmUp, judge } = this.#plan;
    try {
      for (const candidate of candidates) {
        const network = await this.#open(candidate);
        if (network) opened.push({ network, candidate, configurations: this.#of(candidate) });
      }
      await this.#turns(opened, 'warming up', async ({ network }, { variant }) => {
        const frames = this.#framesOf(variant.input);
        for (let count = 0; count < warmUp; count += 1) await network.warm(take(frames, count));
      });
      for (let round = 1; round <= rounds; round += 1) {
        await this.#turns(opened, `round ${round} of ${rounds}`, async (one, configuration) => {
          await this.#round(one.network, configuration);
          this.#collect(one);
        });
      }
      await this.#settle(opened);
      if (judge && !this.#signal.aborted) await this.#judgeAll(judge, opened);
      for (const { network, configurations } of opened) {
        const refused = network.refused?.() ?? [];
        if (refused.length === 0) continue;
        for (const one of configurations)
          one.refused = refused.slice(0, MOST_REFUSED).map((what) => what.slice(0, 300));
      }
    } finally {
      await Promise.all(opened.map(({ network }) => network.close().catch(() => {})));
    }
  }

  #of(candidate: Candidate): Configuration[] {
    return this.#configurations.filter((one) => one.candidate === candidate);
  }

  async #open(candidate: Candidate): Promise<Network | undefined> {
    if (this.#signal.aborted) return undefined;
    const { system, model, backend, precision } = candidate;
    this.#say(`getting ready: ${system} · ${model.name} · ${backend} ${precision}`);
    try {
      const network = await candidate.open(this.#signal);
      if (network.adapter && backend === 'webgpu') this.#listener.adapter(network.adapter);
      for (const one of this.#of(candidate)) one.modelSize = network.modelSize;
      return network;
    } catch (error) {
      if (!this.#signal.aborted) for (const one of this.#of(candidate)) one.error = inWords(error);
      return undefined;
    } finally {
      this.#step += OPENING;
      await this.#listener.rows(this.#rows());
    }
  }

  /** Everybody's turn, one after the other. */
  async #turns(
    opened: readonly Opened[],
    what: string,
    turn: (one: Opened, configuration: Configuration) => Promise<void>,
  ): Promise<void> {
    for (const one of opened) {
      for (const configuration of one.configurations) {
        if (this.#signal.aborted) return;
        if (configuration.error === undefined) {
          this.#say(`${what}: ${configuration.title}`);
          try {
            await one.network.set(configuration.variant);
            await turn(one, configuration);
          } catch (error) {
            if (!this.#signal.aborted) configuration.error = inWords(error);
          }
          await this.#listener.rows(this.#rows());
        }
        this.#step += 1;
      }
    }
  }

  async #round(network: Network, configuration: Configuration): Promise<void> {
    const frames = this.#framesOf(configuration.variant.input);
    const { framesPerRound, seconds } = this.#plan;
    for (let count = 0; count < framesPerRound; count += 1) {
      this.#signal.throwIfAborted();
      await network.single(take(frames, count));
    }
    if (seconds > 0) configuration.addRate(await network.stretch(frames, seconds, this.#signal));
  }

  #collect({ network, configurations }: Opened): void {
    for (const { variant, figures } of network.collect()) {
      const configuration = configurations.find((one) => one.variant === variant);
      if (!configuration) continue;
      configuration.add(figures);
      const { at, stopwatch } = figures;
      if (at !== undefined && stopwatch !== undefined) {
        this.#listener.frame(rowKey(configuration.row()), at, stopwatch);
      }
    }
  }

  /** Has the figures come that are still on their way; of a run that was stopped, too. */
  async #settle(opened: readonly Opened[]): Promise<void> {
    this.#say('waiting for the last figures');
    await Promise.all(
      opened.map(async ({ network, configurations: [configuration] }) => {
        const frames = configuration && this.#framesOf(configuration.variant.input);
        // A network that has failed has told why in its rows.
        if (frames) await network.settle(take(frames, 0)).catch(() => {});
      }),
    );
    for (const one of opened) this.#collect(one);
    await this.#listener.rows(this.#rows());
  }

  async #judgeAll(judge: Judge, opened: readonly Opened[]): Promise<void> {
    const sizes = new Map(this.#configurations.map(({ variant: { input } }) => [sizeName(input), input]));
    try {
      await judge.prepare(
        [...sizes.values()].map((input) => ({ input, frames: this.#framesOf(input) })),
        opened.find(({ candidate }) => judge.isReference(candidate))?.network,
        this.#signal,
      );
    } catch (error) {
      if (!this.#signal.aborted) this.#listener.problem(`Masks could not be judged: ${inWords(error)}`);
    }
    await this.#turns(opened, 'judging masks', async ({ network, candidate }, configuration) => {
      const { variant } = configuration;
      const frames = this.#framesOf(variant.input);
      const { quality, cut, index } = await judge.judge(network, candidate, variant, frames);
      configuration.quality = quality;
      const shown = JSON.stringify([candidate.system, candidate.model.name, variant.refinement]);
      if (this.#shown.has(shown)) cut.person?.close();
      else this.#listener.cut({ row: configuration.row(), frame: take(frames, index), ...cut });
      this.#shown.add(shown);
    });
  }

  #framesOf(input: Variant['input']): readonly PreparedFrame[] {
    return this.#plan.frames.get(sizeName(input)) ?? [];
  }

  #say(words: string): void {
    this.#listener.progress(words, Math.min(1, this.#step / this.#steps));
  }
}

/** A frame of those that there are, over and over. */
function take(frames: readonly PreparedFrame[], index: number): PreparedFrame {
  const frame = frames[index % frames.length];
  if (!frame) throw new Error('there are no frames of this size');
  return frame;
}

/** An error as a sentence's part. */
export function inWords(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
