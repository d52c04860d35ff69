import { ConsoleLogger, DefaultVideoTransformDevice } from 'amazon-chime-sdk-js';
import { ChimeVideoFrameProcessor, type ChimeVideoFrameProcessorOptions } from 'cyclorama/chime';
import { muteInput } from '../shared/mute-input';
import { Checkerboard } from './checkerboard';

/** Runs the Chime SDK's video pipeline as in a meeting, without a meeting. */
export class ChimePreview {
  readonly processor: ChimeVideoFrameProcessor;
  readonly #checkerboard = new Checkerboard();
  readonly #device: DefaultVideoTransformDevice;
  #input: MediaStream | undefined;

  private constructor(processor: ChimeVideoFrameProcessor) {
    this.processor = processor;
    this.#device = new DefaultVideoTransformDevice(new ConsoleLogger('cyclorama'), 'preview', [
      processor,
      this.#checkerboard,
    ]);
    muteInput(this.#device);
  }

  static async create(options: ChimeVideoFrameProcessorOptions): Promise<ChimePreview> {
    // The checkerboard needs the alpha channel.
    return new ChimePreview(await ChimeVideoFrameProcessor.create({ ...options, keepAlpha: true }));
  }

  /** Shows the checkerboard where frames are transparent. */
  set transparent(transparent: boolean) {
    this.#checkerboard.enabled = transparent;
  }

  /** Sends another stream through the pipeline and returns the processed stream. */
  async show(stream: MediaStream): Promise<MediaStream> {
    // The SDK stops its input when it stops. The page still shows the original stream.
    const input = stream.clone();
    this.#stopInput();
    this.#input = input;
    return this.#device.transformStream(input);
  }

  /** Stops the pipeline and releases the GPU. */
  async stop(): Promise<void> {
    this.#stopInput();
    await this.#device.stop();
  }

  #stopInput(): void {
    for (const track of this.#input?.getTracks() ?? []) track.stop();
  }
}
