import type { EventController, Logger, VideoFrameBuffer, VideoFrameProcessor } from 'amazon-chime-sdk-js';
import { asyncDispose } from '../../page/disposable.js';
import { surviveProxies } from '../../page/proxied.js';
import type { Effect } from '../../shared/effect.js';
import { invalid, isRecord } from '../../shared/validation.js';
import { budgetOf, createProcessor, type Log, logOf, messageOf } from './drop-in.js';
import { FilterMonitor, isPercent } from './filter-monitor.js';
import type {
  BackgroundFilterSpec,
  BackgroundFilterVideoFrameProcessorObserver,
  FilterOptions,
} from './filter-types.js';
import { ChimeVideoFrameProcessor, framerateOf } from './processor.js';
import type { SegmentationMetricsObserver } from './sdk-metrics.js';

/** The parts of a filter. */
export interface FilterParts {
  processor: ChimeVideoFrameProcessor;
  monitor: FilterMonitor;
  logger: Log;
}

/**
 * The base class of both V1 filters. Create a {@link BackgroundBlurVideoFrameProcessor} or a
 * {@link BackgroundReplacementVideoFrameProcessor} instead.
 */
export class BackgroundFilterVideoFrameProcessor implements VideoFrameProcessor {
  /** The underlying processor. Use it for everything that the SDK's class has no method for. */
  readonly processor: ChimeVideoFrameProcessor;
  readonly #logger: Log;
  readonly #monitor: FilterMonitor;

  /** @internal */
  protected constructor({ processor, monitor, logger }: FilterParts) {
    surviveProxies(this);
    this.processor = processor;
    this.#logger = logger;
    this.#monitor = monitor;
  }

  /**
   * Whether this browser supports the filter, see {@link ChimeVideoFrameProcessor.isSupported}. In an
   * unsupported browser `create` rejects.
   */
  static isSupported(_spec?: BackgroundFilterSpec, _options?: { logger?: Logger }): Promise<boolean> {
    return ChimeVideoFrameProcessor.isSupported();
  }

  /** See {@link ChimeVideoFrameProcessor.process}. Also measures the processing time for observers. */
  async process(buffers: VideoFrameBuffer[]): Promise<VideoFrameBuffer[]> {
    const arrived = this.#monitor.arrive(framerateOf(buffers));
    const output = await this.processor.process(buffers);
    if (output[0] && output[0].width > 0) this.#monitor.finish(arrived);
    return output;
  }

  /** Does nothing, because `create` has loaded all files. */
  async loadAssets(): Promise<void> {}

  /**
   * Notifies `observer`, at most once per `reportingPeriodMillis`, if frames take 80 % of the frame interval
   * or more (`filterFrameDurationHigh`), or `filterCPUUtilization` percent of all time
   * (`filterCPUUtilizationHigh`). It measures the time from a frame's submission to its output.
   *
   * @throws {CycloramaError} `option` if `observer` is not an object
   */
  addObserver(observer: BackgroundFilterVideoFrameProcessorObserver): void {
    if (!isRecord(observer)) throw invalid('observer', observer, 'an object');
    this.#monitor.addObserver(observer);
  }

  /** Reverts {@link addObserver}. */
  removeObserver(observer: BackgroundFilterVideoFrameProcessorObserver): void {
    this.#monitor.removeObserver(observer);
  }

  /** See {@link ChimeVideoFrameProcessor.setEventController}. */
  setEventController(eventController: EventController): void {
    this.processor.setEventController(eventController);
  }

  /** See {@link ChimeVideoFrameProcessor.setMetricsCollector}. */
  setMetricsCollector(collector: SegmentationMetricsObserver): void {
    this.processor.setMetricsCollector(collector);
  }

  /** See {@link ChimeVideoFrameProcessor.destroy}. The SDK calls it when its transform device stops. */
  destroy(): Promise<void> {
    return this.processor.destroy();
  }

  /** See {@link destroy}. */
  [asyncDispose](): Promise<void> {
    return this.destroy();
  }

  /**
   * Changes the effect. A later call supersedes one that still loads, which then resolves.
   *
   * @internal
   */
  protected async show(effect: Effect): Promise<void> {
    try {
      await this.processor.setEffect(effect);
    } catch (cause) {
      this.#logger.error(`the effect did not change: ${messageOf(cause)}`);
      throw cause;
    }
  }
}

/** @throws {CycloramaError} the errors of {@link ChimeVideoFrameProcessor.create} */
export async function createFilter(
  name: string,
  spec: BackgroundFilterSpec | undefined,
  effect: Effect,
  options: FilterOptions,
): Promise<FilterParts> {
  const { logger: given, reportingPeriodMillis, filterCPUUtilization: limit, ...rest } = options;
  const logger = logOf(given);
  const monitor = new FilterMonitor({ reportingPeriodMillis, filterCPUUtilization: limit });
  if (limit !== undefined && typeof limit !== 'number') {
    throw invalid('filterCPUUtilization', limit, 'a number from 0 to 100');
  }
  if (limit && !isPercent(limit)) {
    logger.warn(
      `${name}: filterCPUUtilization is ${limit}, which is not between 0 and 100: 30 is used instead`,
    );
  }
  const processor = await createProcessor({
    // The app's limit is the budget.
    ...(isPercent(limit) && { budget: budgetOf(limit) }),
    ...rest,
    name,
    logger,
    spec,
    effect,
  });
  return { processor, monitor, logger };
}
