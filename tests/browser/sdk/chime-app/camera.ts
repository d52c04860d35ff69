import {
  ConsoleLogger,
  DefaultVideoTransformDevice,
  LogLevel,
  type VideoFrameProcessor,
} from 'amazon-chime-sdk-js';
import { muteInput } from '../../../../demo-chime/src/shared/mute-input.ts';

/** The app's logger. */
export const logger = new ConsoleLogger('app', LogLevel.WARN);

/** A filtered camera, as an app passes it to its meeting. */
export interface FilteredCamera {
  readonly device: DefaultVideoTransformDevice;
  /** What the meeting sends. */
  readonly stream: MediaStream;
}

/** Sends a camera through the SDK's pipeline, as `audioVideo.startVideoInput(device)` does in a meeting. */
export async function startCamera(
  camera: MediaStream,
  processor: VideoFrameProcessor,
): Promise<FilteredCamera> {
  const device = new DefaultVideoTransformDevice(logger, 'camera', [processor]);
  muteInput(device);
  return { device, stream: await device.transformStream(camera) };
}
