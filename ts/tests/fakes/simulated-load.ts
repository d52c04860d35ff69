import type { QualityChange, QualityLevel } from '../../src/shared/quality.js';
import type { QualityController } from '../../src/worker/quality/quality-controller.js';

/** Pseudorandom numbers in [0, 1), reproducible by their seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The times of a frame's parts on an idle machine at the best quality level, in milliseconds. */
export interface Machine {
  /** The time that every frame takes. */
  fixed: number;
  /** Preprocessing and inference. `models` has a factor for each model. */
  inference: number;
  /** Edge refinement. */
  refinement: number;
  /** The time that is proportional to the number of pixels. */
  pixels: number;
  models?: Partial<Record<string, number>>;
}

/** A software adapter, close to the frame times in `docs/reports/page.md`. */
export const SOFTWARE_ADAPTER: Machine = { fixed: 6, inference: 42, refinement: 5, pixels: 45 };

/** Backend `cpu`, with the proportions of its stages at 720p. */
export const CPU: Machine = { fixed: 1, inference: 4.1, refinement: 1.5, pixels: 3 };

/** A machine whose frames take `total` milliseconds on the best level, in the given proportions. */
export function machineOf(total: number, proportions = SOFTWARE_ADAPTER): Machine {
  const { fixed, inference, refinement, pixels } = proportions;
  const scale = total / (fixed + inference + refinement + pixels);
  return {
    fixed: fixed * scale,
    inference: inference * scale,
    refinement: refinement * scale,
    pixels: pixels * scale,
  };
}

/** The mean time of a frame on a quality level, in milliseconds, when every matte is reused as often as the level allows. */
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

/** A controller of the quality: {@link QualityController}, or a simpler one to compare it with. */
export type Controller = Pick<QualityController, 'level' | 'frame'>;

export interface Scenario {
  machine: Machine;
  /** The simulated time, in milliseconds. */
  duration: number;
  /** The camera's frames per second at a given time. */
  rate?: (now: number) => number;
  /** The factor on the time of a frame that starts at a given time. */
  load?: (now: number) => number;
  /** The random variation of frame times: 0.3 is up to 30 % less or more. */
  noise?: number;
  /** The random variation of arrival times, as a fraction of the interval. */
  jitter?: number;
  size?: (now: number) => { width: number; height: number };
  seed?: number;
}

export interface DatedChange extends QualityChange {
  at: number;
}

/** The result of a scenario. */
export interface Outcome {
  /** The changes in order, each with its time. */
  changes: DatedChange[];
  /** The numbers of processed frames, and of frames dropped for newer ones. */
  made: number;
  dropped: number;
}

/** The maximum age of a matte in the engine, in milliseconds. */
const MAX_MATTE_AGE = 100;

/** Simulates the frames of a camera, one at a time. The newest frame replaces the waiting one, as in a frame stream. */
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
  const around = (spread: number) => 1 + spread * (2 * random() - 1);
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
    const segmenting = stale ? perSegmentation(machine, level) : 0;
    const factor = load(begin) * around(noise);
    const busy = (perFrame(machine, level) + segmenting) * factor;
    const segmentation = segmenting * factor;
    const now = begin + busy;
    free = now;
    outcome.made += 1;
    outcome.dropped += dropped;
    const change = controller.frame({ busy, segmentation, interval, dropped, now, ...size(begin) });
    if (change) {
      outcome.changes.push({ ...change, at: now });
      mattes = Number.POSITIVE_INFINITY;
    }
    [arrival, interval] = [next(), 1000 / rate(arrival)];
  }
  return outcome;
}
