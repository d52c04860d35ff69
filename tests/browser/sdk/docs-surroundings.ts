/**
 * What an app has of its own, for code blocks of the pages that run: `tests/docs/snippet-plugin.mjs` imports these names where a
 * block uses them without declaring them.
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

/** What earlier blocks of a page have made, for those that follow. */
export let background: VirtualBackground | undefined;
export let processor: ChimeVideoFrameProcessor | undefined;

/** Hands on what a block has made. */
export function goOnWith(made: {
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

/** A meeting that nobody has joined yet: its devices are there, its server is not. */
export const meetingSession: { readonly audioVideo: AudioVideoFacade } = openSession();

/** To the Chime SDK the browser's first camera. */
export const camera = await firstCamera();

/** What was published to it: a room on a server would take more of the SDKs than the blocks are about. */
export const published: unknown[] = [];
export const room = { localParticipant: { publishTrack: async (track: unknown) => published.push(track) } };

function openCanvas(): CanvasRenderingContext2D {
  const opened = document.createElement('canvas').getContext('2d');
  if (!opened) throw new Error('there is no 2D context');
  return opened;
}

function openSession(): DefaultMeetingSession {
  const configuration = new MeetingSessionConfiguration(
    {
      MeetingId: 'a meeting',
      MediaPlacement: { AudioHostUrl: 'https://localhost', SignalingUrl: 'wss://localhost' },
    },
    { AttendeeId: 'an attendee', JoinToken: 'a token', ExternalUserId: 'somebody' },
  );
  return new DefaultMeetingSession(configuration, logger, new DefaultDeviceController(logger));
}

async function firstCamera(): Promise<string> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  const found = devices.find(({ kind }) => kind === 'videoinput');
  if (!found) throw new Error('there is no camera');
  return found.deviceId;
}
