import { CycloramaError } from '../../shared/errors.js';
import type { QualityChange } from '../../shared/quality.js';
import { budgetAt, costBound, isSameLevel, type Quality, type QualityLevel } from '../../shared/quality.js';
import { type FrameLoad, FrameWindow, type Reading } from './frame-window.js';

/** What one frame took, and of what size it came. */
export interface MeasuredFrame extends FrameLoad {
  /** The camera's picture, in pixels. */
  readonly width: number;
  readonly height: number;
}

/** How long a level that was too slow is left alone, in milliseconds. */
interface Rest {
  readonly backOff: number;
  readonly until: number;
}

/** The share of the budget that the level above may be expected to take: what is between keeps the two apart. */
const HEADROOM = 0.85;

/** How long there must be room without a break before going up, in milliseconds. */
const ROOM_TIME = 10_000;

/** How long a level that was too slow is left alone, in milliseconds; twice as long each time that going up to it failed. */
const BACK_OFF = 10_000;

/**
 * How long no level is left alone for more than, and how long what is known of one stands against going up, in
 * milliseconds: machines cool down and other calls end.
 */
const MEMORY = 600_000;

/** How long frames must have been what they are before a level of which nothing is known is tried, in milliseconds. */
const UNTRIED = 60_000;

/** A level that lasted as long did not fail: the load has changed since, and its back-off starts anew. In milliseconds. */
const LASTING = 300_000;

/** Rates nearer to each other than this are one rate that jitters: 24 and 30 frames per second are two. */
const RATE_TOLERANCE = 0.15;

/** With no frame at work for longer, in milliseconds, frames had stopped: nothing is slow, and nothing is quick. */
const MAX_IDLE = 1000;

/**
 * Decides how much is done for a frame, by what frames take. Down quickly, up slowly: the rules are in
 * `docs/architecture.md` under "Adaptation".
 *
 * Whoever is handed a change calls {@link begin} at once or drops it: what still holds is handed out again. While a
 * change is carried out there is no other and frames do not count; {@link done} or {@link failed} ends it.
 *
 * @example
 * async function follow(change: QualityChange | undefined) {
 *   while (change) {
 *     controller.begin(change);
 *     try {
 *       await apply(change.to);
 *       change = controller.done(performance.now());
 *     } catch {
 *       change = controller.failed();
 *     }
 *   }
 * }
 * follow(controller.frame({ busy, interval, dropped, width, height, now }));
 */
export class QualityController {
  #quality: Quality;
  /** What is at work: one of the levels. */
  #level: QualityLevel;
  /** Since when, with frames of this size and rate, in milliseconds; undefined before the first. */
  #since: number | undefined;

  /** What was chosen and is not begun yet. */
  #choice: Quality | undefined;
  /** The quality that each change to a chosen one leads to. */
  readonly #offers = new WeakMap<QualityChange, Quality>();
  #pending: { readonly change: QualityChange; readonly quality: Quality } | undefined;

  readonly #window = new FrameWindow();
  /** When the last frame was out. */
  #lastOut: number | undefined;
  /** Since when the level above would fit. */
  #roomSince: number | undefined;
  /** What frames took just before the level before was left, in milliseconds. */
  #before: { readonly level: QualityLevel; readonly busy: number } | undefined;

  /** What a frame takes on levels that were measured, in a unit that they share. */
  readonly #costs = new Map<QualityLevel, number>();
  readonly #rests = new Map<QualityLevel, Rest>();
  /** When a level was last gone up to. */
  readonly #climbs = new Map<QualityLevel, number>();
  readonly #struckOut = new Set<QualityLevel>();
  /** The frames that all this is known of: their size in pixels, and how many milliseconds they are apart. */
  #width = 0;
  #height = 0;
  #interval: number | undefined;

  /** The best quality level is taken to be at work. */
  constructor(quality: Quality) {
    this.#quality = quality;
    this.#level = quality.levels[0];
  }

  /** What is at work. */
  get level(): QualityLevel {
    return this.#level;
  }

  /** Which of the levels's levels that is, from 1: the most work. */
  get position(): number {
    return this.#index() + 1;
  }

  /** Takes note of a frame. One without a known interval, as the first has none, does not count. */
  frame(frame: MeasuredFrame): QualityChange | undefined {
    if (this.#pending) return undefined;
    const { busy, interval, width, height, now } = frame;
    if (!(busy >= 0 && interval > 0)) return this.#chosen();
    if (width !== this.#width || height !== this.#height) this.#forget();
    if (this.#lastOut !== undefined && now - busy - this.#lastOut > MAX_IDLE) this.interrupt();
    this.#width = width;
    this.#height = height;
    this.#lastOut = now;
    this.#since ??= now;
    this.#window.add(frame, this.#level.framesPerSegmentation);
    return this.#chosen() ?? this.#judge(now);
  }

  /**
   * Forgets what the last frames took. To be called where frames stop or start again for a reason that is known, as when
   * the page is hidden and shown.
   */
  interrupt(): void {
    this.#restart();
    this.#before = undefined;
  }

  /** Takes another quality, which is at work once the change handed out for it, now or after a pending one, is done. */
  choose(quality: Quality): QualityChange | undefined {
    this.#choice = quality;
    return this.#pending ? undefined : this.#chosen();
  }

  /** A change is being carried out; until it is done, what was at work stays so. */
  begin(change: QualityChange): void {
    if (this.#pending) throw new CycloramaError('internal', 'another change of quality has not ended');
    const quality = this.#offers.get(change) ?? this.#quality;
    if (quality === this.#choice) this.#choice = undefined;
    const reading = this.#lastOut === undefined ? undefined : this.#window.read(this.#lastOut);
    this.#before = reading && { level: this.#level, busy: reading.busy };
    this.#pending = { change, quality };
  }

  /** The change is at work since `now`, in milliseconds. Gives what is to be done next, if anything is. */
  done(now: number): QualityChange | undefined {
    const { change, quality } = this.#end();
    if (change.kind === 'too-slow') this.#rest(change, now);
    if (change.kind === 'headroom' || change.kind === 'retry') this.#climbs.set(change.to, now);
    if (quality !== this.#quality) this.#adopt(quality);
    this.#level = change.to;
    this.#since = now;
    return this.#chosen();
  }

  /**
   * The change cannot be, and all stays as it was: its level, and with it all of a network that could not be had, is
   * struck out until another quality is chosen. Gives what is to be done next, if anything is.
   */
  failed(): QualityChange | undefined {
    const { from, to, kind } = this.#end().change;
    this.#before = undefined;
    if (kind !== 'chosen') {
      const lost = (level: QualityLevel) =>
        to.model === from.model ? level === to : level.model === to.model;
      for (const level of this.#quality.levels.filter(lost)) this.#struckOut.add(level);
    }
    return this.#chosen();
  }

  #end(): { readonly change: QualityChange; readonly quality: Quality } {
    if (!this.#pending) throw new CycloramaError('internal', 'no change of quality was begun');
    const pending = this.#pending;
    this.#pending = undefined;
    this.#restart();
    return pending;
  }

  /** What is to be done about a choice. Where its level is at work already, nothing is. */
  #chosen(): QualityChange | undefined {
    const quality = this.#choice;
    if (!quality) return undefined;
    const same = quality.levels.find((level) => isSameLevel(level, this.#level));
    if (same) {
      this.#adopt(quality);
      this.#level = same;
      this.#choice = undefined;
      return undefined;
    }
    const change: QualityChange = {
      from: this.#level,
      to: quality.levels[0],
      kind: 'chosen',
      reason: 'another quality was chosen',
    };
    this.#offers.set(change, quality);
    return change;
  }

  #adopt(quality: Quality): void {
    this.#quality = quality;
    this.#struckOut.clear();
    this.#forget();
  }

  #judge(now: number): QualityChange | undefined {
    const reading = this.#window.read(now);
    if (!reading) return undefined;
    this.#interval ??= reading.interval;
    if (Math.abs(reading.interval / this.#interval - 1) > RATE_TOLERANCE) {
      this.#forget();
      return undefined;
    }
    this.#learn(reading);
    const budget = budgetAt(this.#quality.budget, reading.interval);
    return reading.busy > budget ? this.#down(reading, budget) : this.#up(reading, budget, now);
  }

  /** To the first level that may fit, or else to the last that saves something: what cannot save enough is not tried. */
  #down(reading: Reading, budget: number): QualityChange | undefined {
    this.#roomSince = undefined;
    const below = this.#quality.levels
      .slice(this.#index() + 1)
      .filter((level) => !this.#struckOut.has(level));
    const { busy, interval } = reading;
    const least = (level: QualityLevel) => busy / costBound(this.#level, level, interval);
    const to =
      below.find((level) => least(level) <= budget) ?? below.findLast((level) => least(level) < busy);
    return to && { from: this.#level, to, kind: 'too-slow', reason: describe(reading, budget) };
  }

  /** To the level above, once it would have fitted for long enough. */
  #up(reading: Reading, budget: number, now: number): QualityChange | undefined {
    const from = this.#level;
    const to = this.#quality.levels.slice(0, this.#index()).findLast((level) => !this.#struckOut.has(level));
    if (!to) return undefined;
    const { expected, known } = this.#expect(to, reading);
    const limit = HEADROOM * budget;
    const unchanged = now - (this.#since ?? now);
    const fits = expected <= limit;
    if (!fits && (unchanged < (known ? MEMORY : UNTRIED) || reading.busy > limit)) {
      this.#roomSince = undefined;
      return undefined;
    }
    this.#roomSince ??= now;
    if (now - this.#roomSince < ROOM_TIME || now < (this.#rests.get(to)?.until ?? 0)) return undefined;
    const [kind, expectation] = fits
      ? (['headroom', `${expected.toFixed(1)} ms are expected above`] as const)
      : (['retry', `nothing changed for ${Math.round(unchanged / 60_000)} min`] as const);
    return { from, to, kind, reason: `${describe(reading, budget)}, and ${expectation}` };
  }

  /**
   * Sets the level at work beside the one before it. Only what the two do differently can be the level's doing: the rest of a
   * difference is load that came or went at the same time.
   */
  #learn({ busy, interval }: Reading): void {
    const before = this.#before;
    this.#before = undefined;
    const known = before && this.#costs.get(before.level);
    if (before && known !== undefined) {
      const ratio = busy / before.busy;
      const learnt = this.#isBelow(before.level)
        ? clamp(ratio, 1 / costBound(before.level, this.#level, interval), 1)
        : clamp(ratio, 1, costBound(this.#level, before.level, interval));
      this.#setCost(known * learnt);
    } else if (!this.#costs.has(this.#level)) {
      this.#costs.clear();
      this.#costs.set(this.#level, 1);
    }
  }

  /** Better levels then cost no less, and cheaper ones no more. */
  #setCost(cost: number): void {
    for (const [level, other] of this.#costs) {
      this.#costs.set(level, this.#isBelow(level) ? Math.max(other, cost) : Math.min(other, cost));
    }
    this.#costs.set(this.#level, cost);
  }

  /** True where the level at work is below another. */
  #isBelow(level: QualityLevel): boolean {
    return this.#quality.levels.indexOf(level) < this.#index();
  }

  /** What a frame takes on a level above, at most: no more than on a better one, if that is known. */
  #expect(above: QualityLevel, { busy, interval }: Reading): { expected: number; known: boolean } {
    const { levels } = this.#quality;
    const better = levels.slice(0, levels.indexOf(above) + 1).findLast((level) => this.#costs.has(level));
    const [cost, here] = [better && this.#costs.get(better), this.#costs.get(this.#level)];
    const bound = busy * costBound(above, this.#level, interval);
    if (cost === undefined || here === undefined) return { expected: bound, known: false };
    return { expected: Math.min(bound, (busy * cost) / here), known: true };
  }

  /**
   * Leaves alone for a while the levels that were gone down from: each for longer that was gone up to not long ago, also
   * where a better one was at work meanwhile.
   */
  #rest({ from, to }: QualityChange, now: number): void {
    const { levels } = this.#quality;
    for (const level of levels.slice(levels.indexOf(from), levels.indexOf(to))) {
      const climbed = this.#climbs.get(level);
      const failed = climbed !== undefined && now - climbed < LASTING;
      const last = this.#rests.get(level)?.backOff ?? BACK_OFF;
      const backOff = failed ? Math.min(2 * last, MEMORY) : BACK_OFF;
      this.#rests.set(level, { backOff, until: now + backOff });
    }
  }

  #index(): number {
    return this.#quality.levels.indexOf(this.#level);
  }

  #restart(): void {
    this.#window.restart();
    this.#roomSince = undefined;
    this.#lastOut = undefined;
  }

  /** Forgets all that was measured. */
  #forget(): void {
    this.interrupt();
    this.#costs.clear();
    this.#rests.clear();
    this.#climbs.clear();
    this.#interval = undefined;
    this.#since = undefined;
  }
}

/** A reading beside the budget, for people. */
function describe({ busy, interval, frames }: Reading, budget: number): string {
  const [took, most, apart] = [busy, budget, interval].map((time) => time.toFixed(1));
  return `frames ${apart} ms apart took ${took} ms, ${most} are the budget (median of ${frames})`;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
