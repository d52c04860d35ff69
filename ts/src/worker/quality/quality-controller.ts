import {
  budgetAt,
  costBound,
  expectedCost,
  isSameLevel,
  type Quality,
  type QualityChange,
  type QualityLevel,
} from '../../shared/quality.js';
import { FirstFrames } from './first-frames.js';
import { type FrameLoad, FrameWindow, type Reading } from './frame-window.js';

/** The load of one frame and the size of the camera's frame. */
export interface MeasuredFrame extends FrameLoad {
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
}

/** The back-off of a level that was too slow: the controller does not return to it before `until`. In milliseconds. */
interface BackOff {
  readonly duration: number;
  readonly until: number;
}

/** The level above must fit into this fraction of the budget. The margin is the hysteresis between stepping down and stepping up. */
const HEADROOM = 0.85;

/** Headroom must last this long without a break before the controller steps up, in milliseconds. */
const HEADROOM_TIME = 10_000;

/** First back-off of a level that was too slow, in milliseconds. It doubles each time that returning to the level fails. */
const BACK_OFF = 10_000;

/**
 * Maximum back-off, and the time after which a measured cost no longer prevents a retry, in milliseconds. Machines cool down and
 * other calls end.
 */
const MAX_BACK_OFF = 600_000;

/** Frames must be stable for this long before the controller tests a level of unknown cost, in milliseconds. */
const UNKNOWN_TIME = 60_000;

/** A level that lasted this long did not fail: the load has changed since, and its back-off starts again. In milliseconds. */
const LASTING = 300_000;

/** Frame rates that differ by less than this fraction count as one rate with jitter. 24 and 30 frames per second are two rates. */
const RATE_TOLERANCE = 0.15;

/** Maximum time without a frame in progress, in milliseconds. A longer gap means that frames had stopped, not that they were slow. */
const MAX_IDLE = 1000;

/**
 * Selects the quality level by the processing time of frames. The first frames of an engine may move it by several levels. Then it
 * steps down quickly and up slowly: `docs/internals/quality-control.md` describes the rules.
 */
export class QualityController {
  #quality: Quality;
  /** The level in use, one of the levels of the quality. */
  #level: QualityLevel;
  /** Start of the current conditions (level, frame size and rate), in milliseconds. `undefined` before the first frame. */
  #since: number | undefined;

  /** The first frames of an engine, until they have selected a level. */
  #first: FirstFrames | undefined;
  readonly #window = new FrameWindow();
  /** Output time of the last frame. */
  #lastOut: number | undefined;
  /** When the level above started to fit, in milliseconds. */
  #headroomSince: number | undefined;
  /** The last reading on the previous level, taken just before the change. */
  #previous: { readonly level: QualityLevel; readonly busy: number } | undefined;

  /** Relative cost of a frame on each measured level. */
  readonly #costs = new Map<QualityLevel, number>();
  readonly #backOffs = new Map<QualityLevel, BackOff>();
  /** When the controller last stepped up to each level, in milliseconds. */
  readonly #stepUps = new Map<QualityLevel, number>();
  /** Size in pixels and interval in milliseconds of the frames that were measured. */
  #width = 0;
  #height = 0;
  #interval: number | undefined;

  /** Starts on the best level of `quality`. */
  constructor(quality: Quality) {
    this.#quality = quality;
    this.#level = quality.levels[0];
  }

  /**
   * Lets the next frames select the level. Call it when the first camera or another engine starts.
   *
   * @param isSlow whether they start on the last level, because the GPU is emulated
   */
  begin(isSlow = false): void {
    if (isSlow) this.#level = this.#quality.levels.at(-1) ?? this.#level;
    this.#forget();
    this.#first = new FirstFrames();
  }

  /** The level in use. */
  get level(): QualityLevel {
    return this.#level;
  }

  /** Position of the level in use, from 1 for the one with the most work. */
  get position(): number {
    return this.#index() + 1;
  }

  /**
   * Records a frame. Ignores a frame without a known interval, such as the first one.
   *
   * @returns the change of level, which has taken effect, or `undefined` if the level stays
   */
  frame(frame: MeasuredFrame): QualityChange | undefined {
    const { busy, interval, width, height, now } = frame;
    if (!(busy >= 0 && interval > 0)) return undefined;
    if (width !== this.#width || height !== this.#height) this.#forget();
    if (this.#lastOut !== undefined && now - busy - this.#lastOut > MAX_IDLE) this.interrupt();
    this.#width = width;
    this.#height = height;
    this.#lastOut = now;
    this.#since ??= now;
    if (this.#first) return this.#selectFirst(this.#first, frame);
    this.#window.add(frame, this.#level.framesPerSegmentation);
    const reading = this.#window.read(now);
    const change = reading && this.#evaluate(reading, now);
    if (change) this.#apply(change, reading, now);
    return change;
  }

  /** Selects the best level that the first frames are expected to fit into. */
  #selectFirst(first: FirstFrames, frame: MeasuredFrame): QualityChange | undefined {
    const { level: from } = this;
    const { levels, budget: option } = this.#quality;
    const { interval, now } = frame;
    const reading = first.add(frame, from.framesPerSegmentation);
    if (!reading) return undefined;
    this.#first = undefined;
    const budget = budgetAt(option, interval);
    const fits = (level: QualityLevel) =>
      level === from
        ? reading.busy <= budget
        : expectedCost(reading, from, level, interval) <= HEADROOM * budget;
    const to = levels.find(fits) ?? levels.at(-1) ?? from;
    if (to === from) return undefined;
    const kind = levels.indexOf(to) > levels.indexOf(from) ? 'too-slow' : 'headroom';
    const change = { from, to, kind, reason: `first ${describe({ ...reading, interval }, budget)}` } as const;
    this.#apply(change, reading, now);
    return change;
  }

  /** Discards recent readings. Call it when frames stop or start for a known reason, such as a hidden page. */
  interrupt(): void {
    this.#restart();
    this.#previous = undefined;
  }

  /**
   * Replaces the quality. The level in use stays when the new quality has the same one.
   *
   * @returns the change of level, which has taken effect, or `undefined` if the level stays
   */
  choose(quality: Quality, now: number): QualityChange | undefined {
    const from = this.#level;
    const same = quality.levels.find((level) => isSameLevel(level, from));
    const to = same ?? quality.levels[0];
    this.#first = undefined;
    this.#quality = quality;
    this.#level = to;
    this.#forget();
    if (same) return undefined;
    this.#since = now;
    return { from, to, kind: 'chosen', reason: 'another quality was chosen' };
  }

  #apply(change: QualityChange, { busy }: { readonly busy: number }, now: number): void {
    this.#previous = { level: this.#level, busy };
    this.#restart();
    if (change.kind === 'too-slow') this.#startBackOff(change, now);
    else this.#stepUps.set(change.to, now);
    this.#level = change.to;
    this.#since = now;
  }

  #evaluate(reading: Reading, now: number): QualityChange | undefined {
    this.#interval ??= reading.interval;
    if (Math.abs(reading.interval / this.#interval - 1) > RATE_TOLERANCE) {
      this.#forget();
      return undefined;
    }
    this.#updateCost(reading);
    const budget = budgetAt(this.#quality.budget, reading.interval);
    return reading.busy > budget ? this.#down(reading, budget) : this.#up(reading, budget, now);
  }

  /** Selects the first lower level that may fit, or else the last one that saves anything. */
  #down(reading: Reading, budget: number): QualityChange | undefined {
    this.#headroomSince = undefined;
    const below = this.#quality.levels.slice(this.#index() + 1);
    const { busy, interval } = reading;
    const least = (level: QualityLevel) => busy / costBound(this.#level, level, interval);
    const to =
      below.find((level) => least(level) <= budget) ?? below.findLast((level) => least(level) < busy);
    return to && { from: this.#level, to, kind: 'too-slow', reason: describe(reading, budget) };
  }

  /** Selects the level above once it has fit the budget for long enough. */
  #up(reading: Reading, budget: number, now: number): QualityChange | undefined {
    const from = this.#level;
    const to = this.#quality.levels[this.#index() - 1];
    if (!to) return undefined;
    const { expected, known } = this.#estimate(to, reading);
    const limit = HEADROOM * budget;
    const unchanged = now - (this.#since ?? now);
    const fits = expected <= limit;
    if (!fits && (unchanged < (known ? MAX_BACK_OFF : UNKNOWN_TIME) || reading.busy > limit)) {
      this.#headroomSince = undefined;
      return undefined;
    }
    this.#headroomSince ??= now;
    if (now - this.#headroomSince < HEADROOM_TIME || now < (this.#backOffs.get(to)?.until ?? 0))
      return undefined;
    const [kind, expectation] = fits
      ? (['headroom', `${expected.toFixed(1)} ms are expected above`] as const)
      : (['retry', `nothing changed for ${Math.round(unchanged / 60_000)} min`] as const);
    return { from, to, kind, reason: `${describe(reading, budget)}, and ${expectation}` };
  }

  /**
   * Derives the cost of the level in use from the reading on the previous level. Only the difference between the levels' work
   * can be due to the level. The remainder is load that changed at the same time.
   */
  #updateCost({ busy, interval }: Reading): void {
    const previous = this.#previous;
    this.#previous = undefined;
    const known = previous && this.#costs.get(previous.level);
    if (previous && known !== undefined) {
      const ratio = busy / previous.busy;
      const factor = this.#isBelow(previous.level)
        ? clamp(ratio, 1 / costBound(previous.level, this.#level, interval), 1)
        : clamp(ratio, 1, costBound(this.#level, previous.level, interval));
      this.#setCost(known * factor);
    } else if (!this.#costs.has(this.#level)) {
      this.#costs.clear();
      this.#costs.set(this.#level, 1);
    }
  }

  /** Sets the cost of the level in use. Raises the cost of better levels to it, and lowers the cost of cheaper ones. */
  #setCost(cost: number): void {
    for (const [level, other] of this.#costs) {
      this.#costs.set(level, this.#isBelow(level) ? Math.max(other, cost) : Math.min(other, cost));
    }
    this.#costs.set(this.#level, cost);
  }

  /** Whether the level in use is below `level`. */
  #isBelow(level: QualityLevel): boolean {
    return this.#quality.levels.indexOf(level) < this.#index();
  }

  /** Upper bound of a frame's time on a level above. Uses the cost of the nearest measured level that is at least as good. */
  #estimate(above: QualityLevel, { busy, interval }: Reading): { expected: number; known: boolean } {
    const { levels } = this.#quality;
    const better = levels.slice(0, levels.indexOf(above) + 1).findLast((level) => this.#costs.has(level));
    const [cost, here] = [better && this.#costs.get(better), this.#costs.get(this.#level)];
    const bound = busy * costBound(above, this.#level, interval);
    if (cost === undefined || here === undefined) return { expected: bound, known: false };
    return { expected: Math.min(bound, (busy * cost) / here), known: true };
  }

  /**
   * Starts the back-off of the levels that the change leaves or skips. A level that the controller returned to recently gets a
   * longer one, even if a better level was in use meanwhile.
   */
  #startBackOff({ from, to }: QualityChange, now: number): void {
    const { levels } = this.#quality;
    for (const level of levels.slice(levels.indexOf(from), levels.indexOf(to))) {
      const steppedUp = this.#stepUps.get(level);
      const failed = steppedUp !== undefined && now - steppedUp < LASTING;
      const last = this.#backOffs.get(level)?.duration ?? BACK_OFF;
      const duration = failed ? Math.min(2 * last, MAX_BACK_OFF) : BACK_OFF;
      this.#backOffs.set(level, { duration, until: now + duration });
    }
  }

  #index(): number {
    return this.#quality.levels.indexOf(this.#level);
  }

  #restart(): void {
    if (this.#first) this.#first = new FirstFrames();
    this.#window.restart();
    this.#headroomSince = undefined;
    this.#lastOut = undefined;
  }

  /** Discards all measurements. */
  #forget(): void {
    this.interrupt();
    this.#costs.clear();
    this.#backOffs.clear();
    this.#stepUps.clear();
    this.#interval = undefined;
    this.#since = undefined;
  }
}

/** A reading compared with the budget, as text for developers. */
function describe({ busy, interval, frames }: Reading, budget: number): string {
  const [took, most, apart] = [busy, budget, interval].map((time) => time.toFixed(1));
  return `frames ${apart} ms apart took ${took} ms, ${most} are the budget (median of ${frames})`;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
