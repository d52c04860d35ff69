import type { EventController, Logger, VideoFrameBuffer, VideoFrameProcessor } from 'amazon-chime-sdk-js';
import { toHexColor } from './chime-css-color.js';
import {
  budgetOf,
  CONSOLE,
  changeEffect,
  createProcessor,
  ignoreSpec,
  type Log,
  messageOf,
  type ProcessorOptions,
} from './chime-drop-in.js';
import type { SegmentationMetricsObserver } from './chime-hooks.js';
import { ChimeVideoFrameProcessor } from './chime-processor.js';
import type { Effect } from './effect.js';
import { CycloramaError } from './errors.js';
import { checkChoice, checkFlag, invalid, isRecord } from './validation.js';

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
  /** What is shown. */
  #config: VideoFxConfig;
  /** What was asked for last, and how that goes; `undefined` where it failed, so that it can be asked for again. */
  #wanted: { config: VideoFxConfig; change: Promise<void> } | undefined;

  private constructor(processor: ChimeVideoFrameProcessor, logger: Log, config: VideoFxConfig) {
    this.processor = processor;
    this.#logger = logger;
    this.#config = config;
    this.#wanted = { config, change: Promise.resolve() };
  }

  /**
   * Whether this browser can run it. Loads nothing, whatever `attemptAssetLoad` says, as nothing comes from another
   * server.
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
    options: ProcessorOptions = {},
  ): Promise<VideoFxProcessor> {
    const effect = effectOf(effectConfig);
    const config = copy(effectConfig);
    // Plain JavaScript callers have no compiler that asks for one.
    const log: Log = logger ?? CONSOLE;
    const processor = await createProcessor({
      ...(processingBudgetPerFrame !== undefined && {
        budget: budgetOf(checkBudget(processingBudgetPerFrame)),
      }),
      ...options,
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
    const effect = effectOf(effectConfig);
    const config = copy(effectConfig);
    if (this.#wanted && same(config, this.#wanted.config)) return this.#wanted.change;
    const change = this.#change(effect, config);
    this.#wanted = { config, change };
    return change;
  }

  async #change(effect: Effect, config: VideoFxConfig): Promise<void> {
    try {
      if (!(await changeEffect(this.processor, effect))) return;
    } catch (cause) {
      if (this.#wanted?.config === config) this.#wanted = undefined;
      this.#logger.error(`${NAME}: the effect stays as it was: ${messageOf(cause)}`);
      throw cause;
    }
    this.#config = config;
    this.#logger.info(`${NAME}: the effect is ${effect.kind}`);
  }

  /** What is shown; a copy. */
  getEffectConfig(): VideoFxConfig {
    return copy(this.#config);
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
}

/**
 * What a config stands for. The camera is shown where both flags are `false`, and not where one is left out.
 *
 * @throws {CycloramaError} `option` where it stands for nothing, or for two things
 */
export function effectOf(config: VideoFxConfig): Effect {
  const given: unknown = config;
  if (!isRecord(given) || !isRecord(given.backgroundBlur) || !isRecord(given.backgroundReplacement)) {
    throw invalid('effectConfig', given, 'an object with backgroundBlur and backgroundReplacement');
  }
  const { backgroundBlur: blur, backgroundReplacement: replacement } = config;
  checkFlag('backgroundBlur.isEnabled', blur.isEnabled);
  checkFlag('backgroundReplacement.isEnabled', replacement.isEnabled);
  if (blur.isEnabled && replacement.isEnabled) {
    throw contradiction('backgroundBlur and backgroundReplacement are both enabled: enable one of them');
  }
  if (blur.isEnabled) {
    checkChoice('backgroundBlur.strength', blur.strength, ['low', 'medium', 'high']);
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
  const color = toHexColor(String(defaultColor));
  if (!color) throw invalid('backgroundReplacement.defaultColor', defaultColor, 'a colour of CSS');
  return { kind: 'color', color };
}

function contradiction(message: string): CycloramaError {
  return new CycloramaError('option', message);
}

function checkBudget(percent: number): number {
  if (!(percent >= 0 && percent <= MAX_BUDGET)) {
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

function same(a: VideoFxConfig, b: VideoFxConfig): boolean {
  return (
    a.backgroundBlur.isEnabled === b.backgroundBlur.isEnabled &&
    a.backgroundBlur.strength === b.backgroundBlur.strength &&
    a.backgroundReplacement.isEnabled === b.backgroundReplacement.isEnabled &&
    a.backgroundReplacement.backgroundImageURL === b.backgroundReplacement.backgroundImageURL &&
    a.backgroundReplacement.defaultColor === b.backgroundReplacement.defaultColor
  );
}
