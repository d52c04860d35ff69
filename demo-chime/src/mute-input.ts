import type { DefaultVideoTransformDevice } from 'amazon-chime-sdk-js';

/**
 * Lets a device play its input before anybody has clicked: the SDK's own `<video>` is not muted, and browsers hold
 * such a one back until the user does something, except while a camera is on. The SDK has no public way to it.
 */
export function muteInput(device: DefaultVideoTransformDevice): void {
  const { pipe } = device as unknown as { pipe?: { videoInput?: HTMLVideoElement } };
  if (pipe?.videoInput) pipe.videoInput.muted = true;
}
