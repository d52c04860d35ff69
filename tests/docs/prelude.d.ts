/**
 * What stands for the app's own things in the code blocks of the pages: these names may be used there without being
 * declared. `room` is the exception: the test declares it by what the block imports.
 */
import type { Logger, MeetingSession } from 'amazon-chime-sdk-js';
import type { VirtualBackground } from 'cyclorama';
import type { ChimeVideoFrameProcessor } from 'cyclorama/chime';

declare global {
  /** The camera: a device's id to the Chime SDK, a track to all others. */
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
