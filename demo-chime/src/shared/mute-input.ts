import type { DefaultVideoTransformDevice } from 'amazon-chime-sdk-js';

/**
 * Mutes the input `<video>` of a device so that it plays before the first click. The SDK does not mute it, and browsers block
 * unmuted autoplay unless a camera is on. The SDK has no public API for this.
 */
export function muteInput(device: DefaultVideoTransformDevice): void {
  const { pipe } = device as unknown as { pipe?: { videoInput?: HTMLVideoElement } };
  if (pipe?.videoInput) pipe.videoInput.muted = true;
}
