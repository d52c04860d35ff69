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

/** How much is blurred: the names of the effect `blur`. */
export type VideoFxBlurStrength = 'low' | 'medium' | 'high';

/** What the SDK's second filter shows: a blur, a picture or colour, or **the camera as it is** where neither is enabled. */
export interface VideoFxConfig {
  /** The room, blurred. */
  backgroundBlur: {
    isEnabled: boolean;
    /** Counts where it is enabled. */
    strength: VideoFxBlurStrength;
  };
  /** Something else in the room's place: where it is enabled, a picture or a colour, but not both. */
  backgroundReplacement: {
    isEnabled: boolean;
    /** Where the picture comes from. */
    backgroundImageURL: string | undefined;
    /** Any colour of CSS, such as `navy` or `#00b140`. */
    defaultColor: string | undefined;
  };
}

/** Where the SDK loads its own filter from. */
export interface VideoFxPaths {
  cdnBasePath: string;
  workerPath: string;
  fxLibPath: string;
}

/** What the SDK loads; it is taken, and ignored. */
export interface VideoFxSpec {
  paths?: VideoFxPaths;
}

const NAME = 'VideoFxProcessor';
const STRENGTHS = ['low', 'medium', 'high'] as const satisfies readonly VideoFxBlurStrength[];
/** Percent. */
const MAX_BUDGET = 100;

/**
 * Shows a blur, a picture or a colour behind the person, in place of the SDK's class of this name.
 *
 * @example
 * const processor = await VideoFxProcessor.create(logger, {
 *   backgroundBlur: { isEnabled: false, strength: 'medium' },
 *   backgroundReplacement: { isEnabled: true, backgroundImageURL: '/beach.jpg', defaultColor: undefined },
 * });
 * const device = new DefaultVideoTransformDevice(logger, 'camera-id', [processor]);
 */
export class VideoFxProcessor implements VideoFrameProcessor {
  /** The processor that does the work, for all that the SDK's own has no name for. */
  readonly processor: ChimeVideoFrameProcessor;
  readonly #logger: Log;
  /** The last config that was put in force: what it is shown by unless {@link processor} was told of another effect. */
  #config: VideoFxConfig;

  private constructor(processor: ChimeVideoFrameProcessor, logger: Log, config: VideoFxConfig) {
    surviveProxies(this);
    this.processor = processor;
    this.#logger = logger;
    this.#config = config;
  }

  /**
   * Whether this browser can run the filter, as {@link ChimeVideoFrameProcessor.isSupported} finds out. `attemptAssetLoad` has no
   * effect, as no file comes from another server.
   */
  static isSupported(_logger?: Logger, _attemptAssetLoad?: boolean): Promise<boolean> {
    return ChimeVideoFrameProcessor.isSupported();
  }

  /**
   * Loads everything, so that the first frame is as quick as the next. What `spec` says of files is ignored.
   *
   * `processingBudgetPerFrame` is the share of the time that frames may take, 0 to 100 percent: given, it is
   * `quality: 'auto'`'s `budget`. `options` are this package's own.
   *
   * @throws {CycloramaError} as {@link ChimeVideoFrameProcessor.create}; `option` where blur and replacement are both
   *   enabled, or a replacement has both picture and colour or none
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

  /** As {@link ChimeVideoFrameProcessor.process}. */
  process(buffers: VideoFrameBuffer[]): Promise<VideoFrameBuffer[]> {
    return this.processor.process(buffers);
  }

  /**
   * Changes what is shown, once it is loaded. Where a later call comes before that, the later one counts and nothing is
   * thrown.
   *
   * @throws {CycloramaError} `option`, `asset`, `effect` or `destroyed`; what was shown stays
   */
  async setEffectConfig(effectConfig: VideoFxConfig): Promise<void> {
    const [config, effect] = checked(this.processor, () => {
      const config = takeConfig(effectConfig);
      return [config, effectOf(config)] as const;
    });
    try {
      // Never taken for what is shown already: by way of the processor that may be about to change.
      if (!(await this.processor.setEffect(effect))) return;
    } catch (cause) {
      this.#logger.error(`${NAME}: the effect stays as it was: ${messageOf(cause)}`);
      throw cause;
    }
    this.#config = config;
    this.#logger.info(`${NAME}: the effect is ${effect.kind}`);
  }

  /**
   * What is shown; a copy. An effect that {@link processor} was given is the config that comes nearest: for one that a config
   * has no name for, a replacement without picture and colour.
   */
  getEffectConfig(): VideoFxConfig {
    const { effect } = this.processor;
    return isSameEffect(checkEffect(effectOf(this.#config)).options, effect)
      ? copy(this.#config)
      : configOf(effect);
  }

  /** Only says that it is ignored: files are those of this package. */
  setVideoFxSpec(_videoFxSpec: VideoFxSpec): void {
    ignoreSpec(NAME, this.#logger);
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
}

/**
 * A copy of a config, whatever becomes of the caller's object.
 *
 * @throws {CycloramaError} `option` where it is none
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
 * What a config stands for. The camera is shown where both flags are `false`, and not where one is left out.
 *
 * @throws {CycloramaError} `option` where it stands for nothing, or for two things
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
      'backgroundReplacement has a backgroundImageURL and a defaultColor: leave one of them out',
    );
  }
  if (backgroundImageURL) return { kind: 'image', source: backgroundImageURL };
  if (!defaultColor) {
    throw contradiction('backgroundReplacement is enabled without a backgroundImageURL or a defaultColor');
  }
  const color = typeof defaultColor === 'string' ? toHexColor(defaultColor) : undefined;
  if (!color) throw invalid('backgroundReplacement.defaultColor', defaultColor, 'a colour of CSS');
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

/** The config that comes nearest to an effect. */
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

/** The name that comes nearest to a radius. */
function strengthOf(radius: number): VideoFxBlurStrength {
  const distance = (strength: VideoFxBlurStrength) =>
    Math.abs(Math.log(blurRadius({ kind: 'blur', strength }) / radius));
  return STRENGTHS.reduce((nearest, next) => (distance(next) < distance(nearest) ? next : nearest));
}
