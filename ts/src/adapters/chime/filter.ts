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

/** What a filter is made of. */
export interface FilterParts {
  processor: ChimeVideoFrameProcessor;
  monitor: FilterMonitor;
  logger: Log;
}

/**
 * What the SDK's first two filters have in common. Make a {@link BackgroundBlurVideoFrameProcessor} or a
 * {@link BackgroundReplacementVideoFrameProcessor}.
 */
export class BackgroundFilterVideoFrameProcessor implements VideoFrameProcessor {
  /** The processor that does the work, for all that the SDK's own filter has no name for. */
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
   * Whether this browser can run the filter, as {@link ChimeVideoFrameProcessor.isSupported} finds out. Where it cannot, `create`
   * rejects.
   */
  static isSupported(_spec?: BackgroundFilterSpec, _options?: { logger?: Logger }): Promise<boolean> {
    return ChimeVideoFrameProcessor.isSupported();
  }

  /** As {@link ChimeVideoFrameProcessor.process}, and looks at how long it takes. */
  async process(buffers: VideoFrameBuffer[]): Promise<VideoFrameBuffer[]> {
    const arrived = this.#monitor.arrive(framerateOf(buffers));
    const made = await this.processor.process(buffers);
    if (made[0] && made[0].width > 0) this.#monitor.finish(arrived);
    return made;
  }

  /** There is nothing left to load: `create` has done it. */
  async loadAssets(): Promise<void> {}

  /**
   * Has `observer` told, at most once in `reportingPeriodMillis`, that frames take 80 % of the time between two of them or
   * more (`filterFrameDurationHigh`), or `filterCPUUtilization` percent of all time (`filterCPUUtilizationHigh`). What counts
   * is the time until a frame's picture is there.
   *
   * @throws {CycloramaError} `option` for what is no object
   */
  addObserver(observer: BackgroundFilterVideoFrameProcessorObserver): void {
    if (!isRecord(observer)) throw invalid('observer', observer, 'an object');
    this.#monitor.addObserver(observer);
  }

  /** Undoes {@link addObserver}. */
  removeObserver(observer: BackgroundFilterVideoFrameProcessorObserver): void {
    this.#monitor.removeObserver(observer);
  }

  /** As {@link ChimeVideoFrameProcessor.setEventController}. */
  setEventController(eventController: EventController): void {
    this.processor.setEventController(eventController);
  }

  /** As {@link ChimeVideoFrameProcessor.setMetricsCollector}. */
  setMetricsCollector(collector: SegmentationMetricsObserver): void {
    this.processor.setMetricsCollector(collector);
  }

  /** As {@link ChimeVideoFrameProcessor.destroy}; the SDK calls it when its transform device stops. */
  destroy(): Promise<void> {
    return this.processor.destroy();
  }

  /** As {@link destroy}. */
  [asyncDispose](): Promise<void> {
    return this.destroy();
  }

  /**
   * Shows something else; where a later call comes before it is loaded, that one counts and nothing is thrown.
   *
   * @internal
   */
  protected async show(effect: Effect): Promise<void> {
    try {
      await this.processor.setEffect(effect);
    } catch (cause) {
      this.#logger.error(`the effect stays as it was: ${messageOf(cause)}`);
      throw cause;
    }
  }
}

/** @throws {CycloramaError} as {@link ChimeVideoFrameProcessor.create} */
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
    logger.warn(`${name}: filterCPUUtilization is ${limit}, not between 0 and 100: it counts as 30`);
  }
  const processor = await createProcessor({
    // What the app allowed is what is kept to.
    ...(isPercent(limit) && { budget: budgetOf(limit) }),
    ...rest,
    name,
    logger,
    spec,
    effect,
  });
  return { processor, monitor, logger };
}
