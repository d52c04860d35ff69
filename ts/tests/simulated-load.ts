import type { QualityChange, QualityLevel } from '../src/shared/quality.js';
import type { QualityController } from '../src/worker/quality/quality-controller.js';

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What the parts of a frame take on a machine that does nothing else, in milliseconds of the best level. */
export interface Machine {
  /** What a frame takes however little is done. */
  fixed: number;
  /** Scaling for the network and the network itself, whose time `models` multiplies, by name. */
  inference: number;
  /** What making the mask follow the frame's edges takes. */
  refinement: number;
  /** What grows with the number of pixels. */
  pixels: number;
  models?: Partial<Record<string, number>>;
}

/** A software adapter, near to the table of whole frames in `docs/performance.md`. */
export const SOFTWARE_ADAPTER: Machine = { fixed: 6, inference: 42, refinement: 5, pixels: 45 };

/** A machine whose frames take `total` milliseconds on the best level, its parts as those of {@link SOFTWARE_ADAPTER}. */
export function machineOf(total: number): Machine {
  const { fixed, inference, refinement, pixels } = SOFTWARE_ADAPTER;
  const share = total / (fixed + inference + refinement + pixels);
  return {
    fixed: fixed * share,
    inference: inference * share,
    refinement: refinement * share,
    pixels: pixels * share,
  };
}

/** What a frame takes on a level on the average, in milliseconds, where every matte is used as long as the level says. */
export function meanCost(machine: Machine, level: QualityLevel): number {
  return perFrame(machine, level) + perSegmentation(machine, level) / level.framesPerSegmentation;
}

function perFrame({ fixed, pixels }: Machine, { outputScale }: QualityLevel): number {
  return fixed + pixels * outputScale ** 2;
}

function perSegmentation(
  { inference, refinement, models }: Machine,
  { model, refinement: how }: QualityLevel,
): number {
  return inference * (models?.[String(model)] ?? 1) + (how === 'none' ? 0 : refinement);
}

/** A {@link QualityController}, or a simpler one to compare it with. */
export type Controller = Pick<QualityController, 'level' | 'frame'>;

export interface Scenario {
  machine: Machine;
  /** How long all of it goes on, in milliseconds. */
  duration: number;
  /** Frames per second of the camera at a time. */
  rate?: (now: number) => number;
  /** How many times as long a frame takes that is begun at a time. */
  load?: (now: number) => number;
  /** By how much frames differ at random: 0.3 is up to 30 % less or more. */
  noise?: number;
  /** By how much frames come early or late at random, as a share of the time between them. */
  jitter?: number;
  size?: (now: number) => { width: number; height: number };
  seed?: number;
}

export interface DatedChange extends QualityChange {
  at: number;
}

/** What came of a scenario. */
export interface Outcome {
  /** In order, each with its time. */
  changes: DatedChange[];
  /** How many frames came out, and how many gave way to newer ones. */
  made: number;
  dropped: number;
}

/** How old a matte may become, in milliseconds, as the engine has it. */
const MAX_MATTE_AGE = 100;

/**
 * Frames of a camera, made one after the other: the newest takes the place of the one that waits, as in a stream of
 * frames.
 */
export function simulate(controller: Controller, scenario: Scenario): Outcome {
  const {
    machine,
    duration,
    rate = () => 30,
    load = () => 1,
    noise = 0,
    jitter = 0,
    size = () => ({ width: 1280, height: 720 }),
    seed = 1,
  } = scenario;
  const random = randomNumbers(seed);
  const around = (share: number) => 1 + share * (2 * random() - 1);
  const outcome: Outcome = { changes: [], made: 0, dropped: 0 };
  let [arrival, interval] = [0, 1000 / rate(0)];
  let [free, mattes, matteTime] = [0, 0, Number.NEGATIVE_INFINITY];

  while (arrival < duration) {
    let dropped = 0;
    const next = () => arrival + interval * around(jitter);
    for (let later = next(); later <= free; later = next()) {
      dropped += 1;
      arrival = later;
      interval = 1000 / rate(arrival);
    }
    const begin = Math.max(arrival, free);
    const { level } = controller;
    const stale = arrival - matteTime > MAX_MATTE_AGE || mattes >= level.framesPerSegmentation;
    if (stale) [mattes, matteTime] = [0, arrival];
    mattes += 1;
    const work = perFrame(machine, level) + (stale ? perSegmentation(machine, level) : 0);
    const busy = work * load(begin) * around(noise);
    const now = begin + busy;
    free = now;
    outcome.made += 1;
    outcome.dropped += dropped;
    const change = controller.frame({ busy, interval, dropped, now, ...size(begin) });
    if (change) {
      outcome.changes.push({ ...change, at: now });
      mattes = Number.POSITIVE_INFINITY;
    }
    [arrival, interval] = [next(), 1000 / rate(arrival)];
  }
  return outcome;
}
