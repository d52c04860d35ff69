/**
 * An app's use of the SDK's own filters. It is written and compiled against the SDK. The tests run it with one line changed.
 */
import {
  type BackgroundBlurOptions,
  type BackgroundBlurProcessor,
  BackgroundBlurStrength,
  BackgroundBlurVideoFrameProcessor,
  type BackgroundBlurVideoFrameProcessorObserver,
  type BackgroundReplacementProcessor,
  BackgroundReplacementVideoFrameProcessor,
  type VideoFxConfig,
  VideoFxProcessor,
} from 'amazon-chime-sdk-js';
import { type FilteredCamera, logger, startCamera } from './camera.ts';

/** A camera with a blurred background. */
export class BlurredCamera implements BackgroundBlurVideoFrameProcessorObserver {
  readonly slow: number[] = [];
  readonly camera: FilteredCamera;
  readonly #processor: BackgroundBlurProcessor;

  private constructor(camera: FilteredCamera, processor: BackgroundBlurProcessor) {
    this.camera = camera;
    this.#processor = processor;
    processor.addObserver(this);
  }

  static async start(input: MediaStream): Promise<BlurredCamera> {
    if (!(await BackgroundBlurVideoFrameProcessor.isSupported()))
      throw new Error('this browser does not support blur');
    const options: BackgroundBlurOptions = {
      logger,
      blurStrength: BackgroundBlurStrength.HIGH,
      reportingPeriodMillis: 1000,
    };
    const processor = await BackgroundBlurVideoFrameProcessor.create(undefined, options);
    if (!processor) throw new Error('this browser does not support blur');
    return new BlurredCamera(await startCamera(input, processor), processor);
  }

  soften(): void {
    this.#processor.setBlurStrength(BackgroundBlurStrength.LOW);
  }

  filterFrameDurationHigh({ avgFilterDurationMillis }: { avgFilterDurationMillis: number }): void {
    this.slow.push(avgFilterDurationMillis);
  }

  async stop(): Promise<void> {
    this.#processor.removeObserver(this);
    await this.camera.device.stop();
  }
}

/** A camera with a background image. */
export class ReplacedCamera {
  readonly camera: FilteredCamera;
  readonly #processor: BackgroundReplacementProcessor;

  private constructor(camera: FilteredCamera, processor: BackgroundReplacementProcessor) {
    this.camera = camera;
    this.#processor = processor;
  }

  static async start(input: MediaStream, imageBlob: Blob): Promise<ReplacedCamera> {
    const options = { logger, imageBlob };
    if (!(await BackgroundReplacementVideoFrameProcessor.isSupported(undefined, options))) {
      throw new Error('this browser does not support replacement');
    }
    const processor = await BackgroundReplacementVideoFrameProcessor.create(undefined, options);
    if (!processor) throw new Error('this browser does not support replacement');
    return new ReplacedCamera(await startCamera(input, processor), processor);
  }

  async choose(image: Blob): Promise<void> {
    await this.#processor.setImageBlob(image);
  }

  async stop(): Promise<void> {
    await this.camera.device.stop();
  }
}

/** A camera with the SDK's second filter. */
export class EffectsCamera {
  readonly camera: FilteredCamera;
  readonly #processor: VideoFxProcessor;

  private constructor(camera: FilteredCamera, processor: VideoFxProcessor) {
    this.camera = camera;
    this.#processor = processor;
  }

  static async start(input: MediaStream, defaultColor: string): Promise<EffectsCamera> {
    if (!(await VideoFxProcessor.isSupported(logger)))
      throw new Error('this browser does not support effects');
    const processor = await VideoFxProcessor.create(logger, {
      backgroundBlur: { isEnabled: false, strength: 'high' },
      backgroundReplacement: { isEnabled: true, backgroundImageURL: undefined, defaultColor },
    });
    return new EffectsCamera(await startCamera(input, processor), processor);
  }

  /** Changes the filter. Omitted options keep their values. */
  async choose(change: Partial<Record<'blur' | 'replacement', boolean>>): Promise<void> {
    const config: VideoFxConfig = this.#processor.getEffectConfig();
    config.backgroundBlur.isEnabled = change.blur ?? config.backgroundBlur.isEnabled;
    config.backgroundReplacement.isEnabled = change.replacement ?? config.backgroundReplacement.isEnabled;
    await this.#processor.setEffectConfig(config);
  }

  async stop(): Promise<void> {
    await this.camera.device.stop();
  }
}
