import type { Clock, Metrics, StageMetrics } from '../../shared/metrics.js';
import { MASK_STAGES, STAGES, type Stage } from '../../shared/stages.js';
import { RollingWindow } from './rolling-window.js';

/** What frames took that are the same work. */
export class StageStatistics {
  readonly queue = new RollingWindow();
  readonly frame = new RollingWindow();
  /** 1 for each frame that a mask was made of, else 0. */
  readonly masks = new RollingWindow();
  readonly #cpu = windows();
  readonly #gpu = windows();
  readonly #inference = new RollingWindow();
  readonly #segmentation = new RollingWindow();
  /** Whether the network runs on the processor, so that the thread's time is all there is of it. */
  readonly #onProcessor: boolean;
  #gpuClock: Clock = 'gpu';

  constructor(onProcessor: boolean) {
    this.#onProcessor = onProcessor;
  }

  record(times: Record<Stage, number>, segmented: boolean, queue: number): void {
    this.queue.push(queue);
    note(this.#cpu, times, segmented);
    if (this.#onProcessor) this.#range(times, segmented);
  }

  join(times: Partial<Record<Stage, number>>, segmented: boolean, clock: Clock): void {
    this.#gpuClock = clock;
    note(this.#gpu, times, segmented);
    if (!this.#onProcessor) this.#range(times, segmented);
  }

  get framesPerMask(): number | undefined {
    const share = this.masks.mean;
    return share > 0 ? 1 / share : undefined;
  }

  stages(): Metrics['stages'] {
    const entries: [Stage, StageMetrics][] = [];
    for (const stage of STAGES) {
      const cpu = this.#cpu[stage].describe('cpu');
      if (!cpu) return undefined;
      entries.push([stage, { cpu, gpu: this.#gpu[stage].describe(this.#gpuClock) }]);
    }
    return Object.fromEntries(entries) as Record<Stage, StageMetrics>;
  }

  ranges(): Metrics['ranges'] {
    const clock = this.#onProcessor ? 'cpu' : this.#gpuClock;
    return {
      inference: this.#inference.describe(clock),
      segmentation: this.#segmentation.describe(clock),
      frame: this.frame.describe('completed'),
    };
  }

  #range({ preprocess, inference }: Partial<Record<Stage, number>>, segmented: boolean): void {
    if (!segmented || preprocess === undefined || inference === undefined) return;
    this.#inference.push(inference);
    this.#segmentation.push(preprocess + inference);
  }
}

function note(
  windows: Record<Stage, RollingWindow>,
  times: Partial<Record<Stage, number>>,
  segmented: boolean,
): void {
  for (const stage of STAGES) {
    const time = times[stage];
    if (time !== undefined && (segmented || !MASK_STAGES.includes(stage))) windows[stage].push(time);
  }
}

function windows(): Record<Stage, RollingWindow> {
  return Object.fromEntries(STAGES.map((stage) => [stage, new RollingWindow()])) as Record<
    Stage,
    RollingWindow
  >;
}
