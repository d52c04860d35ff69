/**
 * The app's own variables for runnable code blocks of the pages. `tests/docs/snippet-plugin.mjs` imports these names if a block uses
 * them without declaring them.
 */
import {
  type AudioVideoFacade,
  DefaultDeviceController,
  DefaultMeetingSession,
  MeetingSessionConfiguration,
  NoOpLogger,
} from 'amazon-chime-sdk-js';
import type { VirtualBackground } from 'cyclorama';
import type { ChimeVideoFrameProcessor } from 'cyclorama/chime';

/** What earlier blocks of a page have created, for the next blocks. */
export let background: VirtualBackground | undefined;
export let processor: ChimeVideoFrameProcessor | undefined;

/** Provides what a block has created. */
export function provide(made: {
  background?: VirtualBackground;
  processor?: ChimeVideoFrameProcessor;
}): void {
  background = made.background;
  processor = made.processor;
}

/** A `<video>` that plays the camera, and a canvas to draw on. */
export const video = document.createElement('video');
export const context = openCanvas();
export const photo = new Image();

export const logger = new NoOpLogger();
export const peerConnection = new RTCPeerConnection();

/** A meeting that has not been joined: it has its devices, but no server. */
export const meetingSession: { readonly audioVideo: AudioVideoFacade } = openSession();

/** The browser's first camera. */
export const camera = await firstCamera();

/** The published tracks. A room on a server would need more of the SDKs than the blocks cover. */
export const published: unknown[] = [];
export const room = { localParticipant: { publishTrack: async (track: unknown) => published.push(track) } };

function openCanvas(): CanvasRenderingContext2D {
  const opened = document.createElement('canvas').getContext('2d');
  if (!opened) throw new Error('the canvas has no 2D context');
  return opened;
}

function openSession(): DefaultMeetingSession {
  const configuration = new MeetingSessionConfiguration(
    {
      MeetingId: 'a meeting',
      MediaPlacement: { AudioHostUrl: 'https://localhost', SignalingUrl: 'wss://localhost' },
    },
    { AttendeeId: 'an attendee', JoinToken: 'a token', ExternalUserId: 'a user' },
  );
  return new DefaultMeetingSession(configuration, logger, new DefaultDeviceController(logger));
}

async function firstCamera(): Promise<string> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  const found = devices.find(({ kind }) => kind === 'videoinput');
  if (!found) throw new Error('the browser has no camera');
  return found.deviceId;
}
