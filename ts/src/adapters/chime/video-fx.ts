import type { EventController, Logger, VideoFrameBuffer, VideoFrameProcessor } from 'amazon-chime-sdk-js';
import { asyncDispose } from '../../page/disposable.js';
import { surviveProxies } from '../../page/proxied.js';
import { blurRadius, checkEffect, type Effect, isSameEffect } from '../../shared/effect.js';
import { CycloramaError } from '../../shared/errors.js';
import { checkChoice, checkFlag, guard, invalid, isRecord, take } from '../../shared/validation.js';
import { copyOptions } from '../copy-options.js';
import { toHexColor } from './css-color.js';
import {
  budgetOf,
  checked,
  createProcessor,
  ignoreSpec,
  type Log,
  logOf,
  messageOf,
  type ProcessorOptions,
} from './drop-in.js';
import { ChimeVideoFrameProcessor } from './processor.js';
import type { SegmentationMetricsObserver } from './sdk-metrics.js';

/** The strengths of the effect `blur`. */
export type VideoFxBlurStrength = 'low' | 'medium' | 'high';

/**
 * The configuration of the V2 filter: a blur, an image or a color, or **the raw camera** if neither
 * is enabled.
 */
export interface VideoFxConfig {
  /** Blurs the background. */
  backgroundBlur: {
    isEnabled: boolean;
    /** The strength, if the blur is enabled. */
    strength: VideoFxBlurStrength;
  };
  /** Replaces the background with either an image or a color. */
  backgroundReplacement: {
    isEnabled: boolean;
    /** The URL of the image. */
    backgroundImageURL: string | undefined;
    /** Any CSS color, such as `navy` or `#00b140`. */
    defaultColor: string | undefined;
  };
}

/** The paths of the SDK's files. */
export interface VideoFxPaths {
  cdnBasePath: string;
  workerPath: string;
  fxLibPath: string;
}

/** The SDK's description of its files, which is ignored. */
export interface VideoFxSpec {
  paths?: VideoFxPaths;
}

const NAME = 'VideoFxProcessor';
const STRENGTHS = ['low', 'medium', 'high'] as const satisfies readonly VideoFxBlurStrength[];
/** Percent. */
const MAX_BUDGET = 100;

/**
 * Shows a blur, an image or a color behind the person. Replaces the SDK's class of the same name.
 *
 * @example
 * const processor = await VideoFxProcessor.create(logger, {
 *   backgroundBlur: { isEnabled: false, strength: 'medium' },
 *   backgroundReplacement: { isEnabled: true, backgroundImageURL: '/beach.jpg', defaultColor: undefined },
 * });
 * const device = new DefaultVideoTransformDevice(logger, 'camera-id', [processor]);
 */
export class VideoFxProcessor implements VideoFrameProcessor {
  /** The underlying processor. Use it for everything that the SDK's class has no method for. */
  readonly processor: ChimeVideoFrameProcessor;
  readonly #logger: Log;
  /** The last applied config. It is outdated if the effect of {@link processor} was changed directly. */
  #config: VideoFxConfig;

  private constructor(processor: ChimeVideoFrameProcessor, logger: Log, config: VideoFxConfig) {
    surviveProxies(this);
    this.processor = processor;
    this.#logger = logger;
    this.#config = config;
  }

  /**
   * Whether this browser supports the filter, see {@link ChimeVideoFrameProcessor.isSupported}. Ignores
   * `attemptAssetLoad`, because no file comes from another server.
   */
  static isSupported(_logger?: Logger, _attemptAssetLoad?: boolean): Promise<boolean> {
    return ChimeVideoFrameProcessor.isSupported();
  }

  /**
   * Creates a loaded processor, so that the first frame takes no longer than later ones. Ignores `spec`.
   *
   * @param processingBudgetPerFrame the processing time in percent of the frame interval, 0 to 100. If you
   *   set it, it is the `budget` of `quality: 'auto'`
   * @param options this package's own options
   * @throws {CycloramaError} the errors of {@link ChimeVideoFrameProcessor.create}; `option` if blur and
   *   replacement are both enabled, or if a replacement has both an image and a color, or neither
   */
  static async create(
    logger: Logger,
    effectConfig: VideoFxConfig,
    processingBudgetPerFrame?: number,
    spec?: VideoFxSpec,
    options?: ProcessorOptions,
  ): Promise<VideoFxProcessor> {
    const own = copyOptions(options);
    const config = takeConfig(effectConfig);
    const effect = effectOf(config);
    const log = logOf(logger);
    const processor = await createProcessor({
      ...(processingBudgetPerFrame !== undefined && {
        budget: budgetOf(checkBudget(processingBudgetPerFrame)),
      }),
      ...own,
      name: NAME,
      logger: log,
      spec,
      effect,
    });
    return new VideoFxProcessor(processor, log, config);
  }

  /** See {@link ChimeVideoFrameProcessor.process}. */
  process(buffers: VideoFrameBuffer[]): Promise<VideoFrameBuffer[]> {
    return this.processor.process(buffers);
  }

  /**
   * Changes the effect once the new one has loaded. A later call supersedes one that still loads, which then
   * resolves.
   *
   * @throws {CycloramaError} `option`, `asset`, `effect` or `destroyed`; the old effect stays
   */
  async setEffectConfig(effectConfig: VideoFxConfig): Promise<void> {
    const [config, effect] = checked(this.processor, () => {
      const config = takeConfig(effectConfig);
      return [config, effectOf(config)] as const;
    });
    try {
      // Not skipped for an unchanged config, because the processor's effect may be changing.
      if (!(await this.processor.setEffect(effect))) return;
    } catch (cause) {
      this.#logger.error(`${NAME}: the effect did not change: ${messageOf(cause)}`);
      throw cause;
    }
    this.#config = config;
    this.#logger.info(`${NAME}: the effect is ${effect.kind}`);
  }

  /**
   * Returns a copy of the current configuration. If the effect of {@link processor} was changed directly, it
   * returns the closest configuration. For an effect that no configuration describes, that is a replacement
   * without image and color.
   */
  getEffectConfig(): VideoFxConfig {
    const { effect } = this.processor;
    return isSameEffect(checkEffect(effectOf(this.#config)).options, effect)
      ? copy(this.#config)
      : configOf(effect);
  }

  /** Logs that the spec is ignored, because this package loads its own files. */
  setVideoFxSpec(_videoFxSpec: VideoFxSpec): void {
    ignoreSpec(NAME, this.#logger);
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
}

/**
 * Copies a config. Later changes of the caller's object have no effect.
 *
 * @throws {CycloramaError} `option` if it is not a config
 */
function takeConfig(config: VideoFxConfig): VideoFxConfig {
  const given: unknown = config;
  const wrong = () =>
    invalid('effectConfig', given, 'an object with backgroundBlur and backgroundReplacement');
  if (!isRecord(given)) throw wrong();
  const { backgroundBlur, backgroundReplacement } = take(config, ['backgroundBlur', 'backgroundReplacement']);
  if (!isRecord(backgroundBlur) || !isRecord(backgroundReplacement)) throw wrong();
  return guard('effectConfig', () => copy({ backgroundBlur, backgroundReplacement }));
}

/**
 * The effect of a config. The camera is shown only if both flags are `false`, not if one is missing.
 *
 * @throws {CycloramaError} `option` if the config describes no effect, or two
 */
function effectOf({ backgroundBlur: blur, backgroundReplacement: replacement }: VideoFxConfig): Effect {
  checkFlag('backgroundBlur.isEnabled', blur.isEnabled);
  checkFlag('backgroundReplacement.isEnabled', replacement.isEnabled);
  if (blur.isEnabled && replacement.isEnabled) {
    throw contradiction('backgroundBlur and backgroundReplacement are both enabled: enable one of them');
  }
  if (blur.isEnabled) {
    checkChoice('backgroundBlur.strength', blur.strength, STRENGTHS);
    return { kind: 'blur', strength: blur.strength };
  }
  return replacement.isEnabled ? replacementOf(replacement) : { kind: 'none' };
}

function replacementOf({ backgroundImageURL, defaultColor }: VideoFxConfig['backgroundReplacement']): Effect {
  if (backgroundImageURL && defaultColor) {
    throw contradiction(
      'backgroundReplacement has a backgroundImageURL and a defaultColor: omit one of them',
    );
  }
  if (backgroundImageURL) return { kind: 'image', source: backgroundImageURL };
  if (!defaultColor) {
    throw contradiction('backgroundReplacement is enabled without a backgroundImageURL or a defaultColor');
  }
  const color = typeof defaultColor === 'string' ? toHexColor(defaultColor) : undefined;
  if (!color) throw invalid('backgroundReplacement.defaultColor', defaultColor, 'a CSS color');
  return { kind: 'color', color };
}

function contradiction(message: string): CycloramaError {
  return new CycloramaError('option', message);
}

function checkBudget(percent: number): number {
  if (!(typeof percent === 'number' && percent >= 0 && percent <= MAX_BUDGET)) {
    throw invalid('processingBudgetPerFrame', percent, 'a percentage from 0 to 100');
  }
  return percent;
}

function copy({ backgroundBlur, backgroundReplacement }: VideoFxConfig): VideoFxConfig {
  const { backgroundImageURL, defaultColor } = backgroundReplacement;
  return {
    backgroundBlur: { isEnabled: backgroundBlur.isEnabled, strength: backgroundBlur.strength },
    backgroundReplacement: { isEnabled: backgroundReplacement.isEnabled, backgroundImageURL, defaultColor },
  };
}

/** The config that is closest to an effect. */
function configOf(effect: Effect): VideoFxConfig {
  const { kind } = effect;
  return {
    backgroundBlur: {
      isEnabled: kind === 'blur',
      strength: kind === 'blur' ? strengthOf(blurRadius(effect)) : 'medium',
    },
    backgroundReplacement: {
      isEnabled: kind !== 'blur' && kind !== 'none',
      backgroundImageURL: kind === 'image' && typeof effect.source === 'string' ? effect.source : undefined,
      defaultColor: kind === 'color' ? effect.color : undefined,
    },
  };
}

/** The named strength that is closest to a radius. */
function strengthOf(radius: number): VideoFxBlurStrength {
  const distance = (strength: VideoFxBlurStrength) =>
    Math.abs(Math.log(blurRadius({ kind: 'blur', strength }) / radius));
  return STRENGTHS.reduce((nearest, next) => (distance(next) < distance(nearest) ? next : nearest));
}
