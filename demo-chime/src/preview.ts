import { ConsoleLogger, DefaultVideoTransformDevice } from 'amazon-chime-sdk-js';
import { ChimeVideoFrameProcessor, type ChimeVideoFrameProcessorOptions } from 'cyclorama/chime';
import { Checkerboard } from './checkerboard';
import { muteInput } from './mute-input';

/** The Chime SDK's pipeline as a meeting would run it, without a meeting. */
export class Preview {
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

  static async create(options: ChimeVideoFrameProcessorOptions): Promise<Preview> {
    // The checkerboard is the second stage that transparency needs.
    return new Preview(await ChimeVideoFrameProcessor.create({ ...options, keepAlpha: true }));
  }

  /** Shows the checkerboard where pictures are transparent. */
  set transparent(transparent: boolean) {
    this.#checkerboard.enabled = transparent;
  }

  /** Feeds the pipeline with another stream and gives what comes out. */
  async show(stream: MediaStream): Promise<MediaStream> {
    // The SDK stops its input when it stops, and the original is still to be shown.
    const input = stream.clone();
    this.#stopInput();
    this.#input = input;
    return this.#device.transformStream(input);
  }

  /** Ends the pipeline and releases the GPU. */
  async stop(): Promise<void> {
    this.#stopInput();
    await this.#device.stop();
  }

  #stopInput(): void {
    for (const track of this.#input?.getTracks() ?? []) track.stop();
  }
}
