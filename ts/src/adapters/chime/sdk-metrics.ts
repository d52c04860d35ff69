import type { EventController } from 'amazon-chime-sdk-js';
import type { Model } from '../../shared/assets.js';
import type { Effect } from '../../shared/effect.js';
import type { CycloramaError, CycloramaErrorCode } from '../../shared/errors.js';
import type { Metrics, MetricsReport } from '../../shared/metrics.js';
import { MASK_STAGES, STAGES, type Stage } from '../../shared/stages.js';

/**
 * What the SDK's collector of statistics is told of a processor like its own `BackgroundSegmentationVideoFrameProcessor`:
 * the `BackgroundSegmentationMetricsObserver` of its version 3.32.
 */
export interface SegmentationMetricsObserver {
  /** Once for each processor. */
  backgroundSegmentationInitializationMetricsDidReceive(metric: InitializationMetrics): void;
  /** About once a second while frames flow. */
  backgroundSegmentationProcessorMetricsDidReceive(metric: ProcessorMetrics): void;
}

/** The SDK's `BackgroundSegmentationInitializationMetrics`. */
export interface InitializationMetrics {
  /** 0, success: of what failed there is no processor that could tell. */
  initializationStatus: 0;
  /** How long the processor took to be made: wasm module and network, loaded and made ready. */
  assetLoadingTimeMs: number;
}

/** The SDK's `BackgroundSegmentationProcessorMetrics`. Counts are those since the report before. */
export interface ProcessorMetrics {
  /** Mean of preprocessing and inference. */
  segmentationDurationMs: number;
  /** Mean of all that makes the picture of a mask. */
  effectRenderDurationMs: number;
  framesPerSegmentation: number;
  framesSubmitted: number;
  framesSegmented: number;
  /** The share of the time since the report before for which the thread worked, in percent. */
  estimatedCPUUsagePercentage: number;
  modelType: string;
  /** `GPU` or `CPU`: what the network runs on. */
  delegateType: string;
  errorCount: number;
}

/** What a processor shows now. */
export interface Shown {
  readonly effect: Effect;
  readonly model: Model;
}

/** The names under which the SDK's processors tell of effects. */
const EFFECT_TYPES: Record<Effect['kind'], string> = {
  blur: 'blur',
  image: 'image-replacement',
  color: 'color-replacement',
  // These the SDK has no names for.
  video: 'video-replacement',
  transparent: 'transparent',
  none: 'none',
};

/** The SDK's third generation of processors: those that tell of models, and of what this has to tell. */
const FILTER_VERSION = 3;

/** Errors of a picture or of a frame, not of the filter. */
const PASSING: readonly CycloramaErrorCode[] = ['effect', 'asset', 'frame'];

/** What a browser's message may name: addresses are the app's own business. */
const ADDRESS = /\b[a-z][a-z\d+.-]*:\/\/\S*/gi;

/** Tells the SDK about a processor what it asks of its own. What the SDK throws is no reason for a frame to fail. */
export class ChimeHooks {
  readonly #shown: () => Shown;
  #collector: SegmentationMetricsObserver | undefined;
  /** Kept until there is a collector. */
  #initialization: InitializationMetrics | undefined;
  #eventController: EventController | undefined;
  #last: Pick<Metrics, 'frames' | 'since'> | undefined;
  /** When that was reported. */
  #lastAt = performance.now();

  /** `shown` tells what the processor shows when it is asked; `created` is how long it took to be made, in milliseconds. */
  constructor(shown: () => Shown, created: number) {
    this.#shown = shown;
    this.#initialization = { initializationStatus: 0, assetLoadingTimeMs: created };
  }

  setMetricsCollector(collector: SegmentationMetricsObserver): void {
    this.#collector = collector;
    const metric = this.#initialization;
    this.#initialization = undefined;
    if (metric) quietly(() => collector.backgroundSegmentationInitializationMetricsDidReceive(metric));
  }

  setEventController(eventController: EventController): void {
    // The SDK sets the same one each time that the camera is chosen.
    if (this.#eventController === eventController) return;
    this.#eventController = eventController;
    this.#publish('backgroundFilterStarted', this.#configuration());
  }

  /** What the processor shows was changed. */
  changed(): void {
    this.#publish('backgroundFilterConfigSelected', this.#configuration());
  }

  /** The processor told of an error. */
  failed({ code, message }: CycloramaError): void {
    if (PASSING.includes(code)) return;
    this.#publish('backgroundFilterFailed', {
      backgroundFilterVersion: FILTER_VERSION,
      backgroundFilterErrorType: code,
      backgroundFilterErrorMessage: message.replace(ADDRESS, '(address)'),
    });
  }

  /** The processor told of its frames. */
  measured(report: MetricsReport): void {
    const { frames, since } = report;
    const last = this.#last;
    const now = performance.now();
    const elapsed = now - this.#lastAt;
    this.#last = { frames, since };
    this.#lastAt = now;
    const collector = this.#collector;
    if (!collector) return;
    // Another worker counts anew.
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
    const { effect } = this.#shown();
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

  /** A name of ours; addresses are the app's own business. */
  #modelType(): string {
    const { model } = this.#shown();
    return typeof model === 'string' ? model : 'custom';
  }

  #publish(name: EventName, attributes: EventAttributes): void {
    const controller = this.#eventController;
    if (controller) quietly(() => controller.publishEvent(name, attributes));
  }
}

type EventName = Parameters<EventController['publishEvent']>[0];
type EventAttributes = NonNullable<Parameters<EventController['publishEvent']>[1]>;

/** The mean of a stage until it was done: on the GPU, or where that is not known until it was handed over, in milliseconds. */
function mean({ stages, backend }: MetricsReport, stage: Stage): number {
  const { cpu, gpu } = stages?.[stage] ?? {};
  const onProcessor = backend === 'webgl' && (stage === 'preprocess' || stage === 'inference');
  return (onProcessor ? cpu : (gpu ?? cpu))?.mean ?? 0;
}

/** What the thread works on a frame, in milliseconds: the stages of a mask count for each frame that shares it. */
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
    // Whoever collects has failed, not the processor.
  }
}
