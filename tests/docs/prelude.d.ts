/**
 * Declares the app's own objects, which the code blocks of the pages use without a declaration. The test declares `room`,
 * because its type depends on the block's imports.
 */
import type { Logger, MeetingSession } from 'amazon-chime-sdk-js';
import type { VirtualBackground } from 'cyclorama';
import type { ChimeVideoFrameProcessor } from 'cyclorama/chime';

declare global {
  /** The camera: a device ID for the Chime SDK, a track otherwise. */
  const camera: string & MediaStreamTrack;
  const video: HTMLVideoElement;
  const photo: HTMLImageElement;
  const context: CanvasRenderingContext2D;
  const background: VirtualBackground;
  const processor: ChimeVideoFrameProcessor;
  const logger: Logger;
  const meetingSession: MeetingSession;
  const peerConnection: RTCPeerConnection;
}
