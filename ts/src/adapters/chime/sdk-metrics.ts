import type { EventController } from 'amazon-chime-sdk-js';
import type { Model } from '../../shared/assets.js';
import type { Effect } from '../../shared/effect.js';
import type { CycloramaError, CycloramaErrorCode } from '../../shared/errors.js';
import type { Metrics, MetricsReport } from '../../shared/metrics.js';
import { MASK_STAGES, STAGES, type Stage } from '../../shared/stages.js';

/**
 * The SDK's collector of the metrics of `BackgroundSegmentationVideoFrameProcessor`: its
 * `BackgroundSegmentationMetricsObserver` of version 3.32.
 */
export interface SegmentationMetricsObserver {
  /** Called once for each processor. */
  backgroundSegmentationInitializationMetricsDidReceive(metric: InitializationMetrics): void;
  /** Called about once a second while frames flow. */
  backgroundSegmentationProcessorMetricsDidReceive(metric: ProcessorMetrics): void;
}

/** The SDK's `BackgroundSegmentationInitializationMetrics`. */
export interface InitializationMetrics {
  /** Always 0, which means success. After a failure no processor exists that could report it. */
  initializationStatus: 0;
  /** The time that loading and preparing the WebAssembly module and the model took. */
  assetLoadingTimeMs: number;
}

/** The SDK's `BackgroundSegmentationProcessorMetrics`. Counts start at the last report. */
export interface ProcessorMetrics {
  /** The mean time of preprocessing and inference. */
  segmentationDurationMs: number;
  /** The mean time of refinement and compositing. */
  effectRenderDurationMs: number;
  framesPerSegmentation: number;
  framesSubmitted: number;
  framesSegmented: number;
  /** The thread's working time in percent of the time since the last report. */
  estimatedCPUUsagePercentage: number;
  modelType: string;
  /** `GPU` or `CPU`: where the model runs. */
  delegateType: string;
  errorCount: number;
}

/** The current state of a processor. */
export interface ProcessorState {
  readonly effect: Effect;
  readonly model: Model;
}

/** The SDK's names of the effects. */
const EFFECT_TYPES: Record<Effect['kind'], string> = {
  blur: 'blur',
  image: 'image-replacement',
  color: 'color-replacement',
  // The SDK has no names for these.
  video: 'video-replacement',
  transparent: 'transparent',
  none: 'none',
};

/** The SDK's V3 filters, whose events include the model. */
const FILTER_VERSION = 3;

/** Errors of an image or of a frame, not of the filter. */
const TRANSIENT_CODES: readonly CycloramaErrorCode[] = ['effect', 'asset', 'frame'];

/** URLs in a browser's message, which are private to the app. */
const URL_PATTERN = /\b[a-z][a-z\d+.-]*:\/\/\S*/gi;

/**
 * Reports a processor's metrics and events to the SDK, as the SDK's processors do. Ignores errors of the
 * SDK.
 */
export class ChimeHooks {
  readonly #state: () => ProcessorState;
  #collector: SegmentationMetricsObserver | undefined;
  /** Kept until a collector is set. */
  #initialization: InitializationMetrics | undefined;
  #eventController: EventController | undefined;
  #last: Pick<Metrics, 'frames' | 'since'> | undefined;
  /** The time of the last report. */
  #lastAt = performance.now();

  /**
   * @param state returns the processor's current state
   * @param created how long the processor's creation took, in milliseconds
   */
  constructor(state: () => ProcessorState, created: number) {
    this.#state = state;
    this.#initialization = { initializationStatus: 0, assetLoadingTimeMs: created };
  }

  setMetricsCollector(collector: SegmentationMetricsObserver): void {
    this.#collector = collector;
    const metric = this.#initialization;
    this.#initialization = undefined;
    if (metric) quietly(() => collector.backgroundSegmentationInitializationMetricsDidReceive(metric));
  }

  setEventController(eventController: EventController): void {
    // The SDK sets the same controller each time a camera is selected.
    if (this.#eventController === eventController) return;
    this.#eventController = eventController;
    this.#publish('backgroundFilterStarted', this.#configuration());
  }

  /** Publishes a change of the processor's effect or model. */
  changed(): void {
    this.#publish('backgroundFilterConfigSelected', this.#configuration());
  }

  /** Publishes an error of the processor. */
  failed({ code, message }: CycloramaError): void {
    if (TRANSIENT_CODES.includes(code)) return;
    this.#publish('backgroundFilterFailed', {
      backgroundFilterVersion: FILTER_VERSION,
      backgroundFilterErrorType: code,
      backgroundFilterErrorMessage: message.replace(URL_PATTERN, '(URL)'),
    });
  }

  /** Passes the processor's metrics to the collector. */
  measured(report: MetricsReport): void {
    const { frames, since } = report;
    const last = this.#last;
    const now = performance.now();
    const elapsed = now - this.#lastAt;
    this.#last = { frames, since };
    this.#lastAt = now;
    const collector = this.#collector;
    if (!collector) return;
    // Counts restart with each worker.
    const before = last?.since === since ? last.frames : undefined;
    const more = (count: 'in' | 'processed' | 'segmented' | 'failed') =>
      frames[count] - (before?.[count] ?? 0);
    const metric: ProcessorMetrics = {
      segmentationDurationMs: mean(report, 'preprocess') + mean(report, 'inference'),
      effectRenderDurationMs: mean(report, 'refine') + mean(report, 'composite'),
      framesPerSegmentation: report.framesPerMask ?? report.quality.framesPerSegmentation,
      framesSubmitted: more('in'),
      framesSegmented: more('segmented'),
      estimatedCPUUsagePercentage: Math.min(100, (work(report) * more('processed') * 100) / elapsed),
      modelType: this.#modelType(),
      delegateType: report.backend === 'webgpu' ? 'GPU' : 'CPU',
      errorCount: more('failed'),
    };
    quietly(() => collector.backgroundSegmentationProcessorMetricsDidReceive(metric));
  }

  #configuration(): EventAttributes {
    const { effect } = this.#state();
    const { kind } = effect;
    return {
      backgroundBlurEnabled: String(kind === 'blur'),
      backgroundBlurStrength: (kind === 'blur' ? (effect.strength ?? 'medium') : 'none') as 'medium',
      backgroundReplacementEnabled: String(['image', 'video', 'color'].includes(kind)),
      backgroundFilterVersion: FILTER_VERSION,
      backgroundFilterModelType: this.#modelType(),
      backgroundFilterEffectType: EFFECT_TYPES[kind],
    };
  }

  /** A model's name. URLs are private to the app. */
  #modelType(): string {
    const { model } = this.#state();
    return typeof model === 'string' ? model : 'custom';
  }

  #publish(name: EventName, attributes: EventAttributes): void {
    const controller = this.#eventController;
    if (controller) quietly(() => controller.publishEvent(name, attributes));
  }
}

type EventName = Parameters<EventController['publishEvent']>[0];
type EventAttributes = NonNullable<Parameters<EventController['publishEvent']>[1]>;

/** The mean time of a stage in milliseconds: on the GPU if known, otherwise until its submission. */
function mean({ stages, backend }: MetricsReport, stage: Stage): number {
  const { cpu, gpu } = stages?.[stage] ?? {};
  const isOnCpu = backend !== 'webgpu' && (stage === 'preprocess' || stage === 'inference');
  return (isOnCpu ? cpu : (gpu ?? cpu))?.mean ?? 0;
}

/**
 * The thread's time per frame in milliseconds. The time of a mask is divided among the frames that reuse it.
 */
function work({ stages, framesPerMask = 1 }: MetricsReport): number {
  return STAGES.reduce((sum, stage) => {
    const time = stages?.[stage].cpu.mean ?? 0;
    return sum + (MASK_STAGES.includes(stage) ? time / framesPerMask : time);
  }, 0);
}

function quietly(work: () => unknown): void {
  try {
    Promise.resolve(work()).catch(() => {});
  } catch {
    // The collector has failed, not the processor.
  }
}
