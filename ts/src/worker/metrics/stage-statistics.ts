import type { Clock, Metrics, StageMetrics } from '../../shared/metrics.js';
import { MASK_STAGES, STAGES, type Stage } from '../../shared/stages.js';
import { RollingWindow } from './rolling-window.js';

/** Timings of frames that were processed under the same conditions. */
export class StageStatistics {
  readonly queue = new RollingWindow();
  readonly frame = new RollingWindow();
  /** 1 for each segmented frame, 0 for each frame that reuses a matte. */
  readonly masks = new RollingWindow();
  readonly #cpu = windows();
  readonly #gpu = windows();
  readonly #inference = new RollingWindow();
  readonly #segmentation = new RollingWindow();
  /** Whether the model runs on the CPU, so that only the thread's time is known. */
  readonly #modelOnCpu: boolean;
  #gpuClock: Clock = 'gpu';

  constructor(modelOnCpu: boolean) {
    this.#modelOnCpu = modelOnCpu;
  }

  /** Records the thread's timings of a frame. */
  record(times: Record<Stage, number>, segmented: boolean, queue: number): void {
    this.queue.push(queue);
    pushStages(this.#cpu, times, segmented);
    if (this.#modelOnCpu) this.#recordRanges(times, segmented);
  }

  /** Records the GPU timings of a frame. */
  join(times: Partial<Record<Stage, number>>, segmented: boolean, clock: Clock): void {
    this.#gpuClock = clock;
    pushStages(this.#gpu, times, segmented);
    if (!this.#modelOnCpu) this.#recordRanges(times, segmented);
  }

  get framesPerMask(): number | undefined {
    const fraction = this.masks.mean;
    return fraction > 0 ? 1 / fraction : undefined;
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
    const clock = this.#modelOnCpu ? 'cpu' : this.#gpuClock;
    return {
      inference: this.#inference.describe(clock),
      segmentation: this.#segmentation.describe(clock),
      frame: this.frame.describe('completed'),
    };
  }

  #recordRanges({ preprocess, inference }: Partial<Record<Stage, number>>, segmented: boolean): void {
    if (!segmented || preprocess === undefined || inference === undefined) return;
    this.#inference.push(inference);
    this.#segmentation.push(preprocess + inference);
  }
}

function pushStages(
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
