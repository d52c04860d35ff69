import {
  ConsoleLogger,
  DefaultDeviceController,
  DefaultEventController,
  DefaultMeetingSession,
  DefaultVideoTransformDevice,
  LogLevel,
  MeetingSessionConfiguration,
  NoOpEventReporter,
  type VideoTileState,
} from 'amazon-chime-sdk-js';
import type { Effect } from 'cyclorama';
import { ChimeVideoFrameProcessor } from 'cyclorama/chime';
import { backend } from '../shared/backend';
import { cameraMessage, endMessage } from './error-text';
import type { Ticket } from './messages';

/** The timeout for joining, in milliseconds. */
const JOIN_TIMEOUT = 30_000;

/** The events of a meeting. */
export interface SessionEvents {
  /** The progress of joining. */
  step(message: string): void;
  /** An attendee's video was added or has changed. It plays in the `<video>` that is bound to it. */
  tile(state: VideoTileState, bind: (video: HTMLVideoElement) => void): void;
  tileRemoved(tileId: number): void;
  /** An attendee has joined or left. */
  presence(attendeeId: string, present: boolean): void;
  /** The connection was lost and is being restored (`true`), or is restored (`false`). */
  reconnecting(again: boolean): void;
  /** An error that does not end the meeting. */
  notice(message: string): void;
  /** The meeting has ended and the camera is off. `problem` is set unless the user left. */
  ended(problem: string | undefined): void;
}

/** One attendee of a Chime SDK meeting: camera, background, microphone and connection. */
export class Session {
  readonly #session: DefaultMeetingSession;
  readonly #devices: DefaultDeviceController;
  readonly #processor: ChimeVideoFrameProcessor;
  #camera: DefaultVideoTransformDevice;
  #videoOn = true;
  #closing: Promise<void> | undefined;

  private constructor(ticket: Ticket, processor: ChimeVideoFrameProcessor, camera: string) {
    this.#processor = processor;
    const logger = new ConsoleLogger('cyclorama', LogLevel.WARN);
    const configuration = new MeetingSessionConfiguration(ticket.meeting, ticket.attendee);
    configuration.reconnectTimeoutMs = JOIN_TIMEOUT / 2;
    this.#devices = new DefaultDeviceController(logger);
    // By default the SDK reports metrics of the meeting and the browser to Amazon.
    const events = new DefaultEventController(configuration, logger, new NoOpEventReporter());
    this.#session = new DefaultMeetingSession(configuration, logger, this.#devices, events);
    this.#camera = new DefaultVideoTransformDevice(logger, constraintsOf(camera), [processor]);
  }

  /**
   * Turns camera and microphone on and joins. After a failure both are off again.
   *
   * @throws an error with a message for the user
   */
  static async join(
    ticket: Ticket,
    { camera, effect, audio }: { camera: string; effect: Effect; audio: HTMLAudioElement },
    events: SessionEvents,
  ): Promise<Session> {
    events.step('Loading the model…');
    const session = new Session(ticket, await ChimeVideoFrameProcessor.create({ backend, effect }), camera);
    try {
      await session.#start(audio, events);
      return session;
    } catch (error) {
      await session.leave();
      throw error;
    }
  }

  async #start(audio: HTMLAudioElement, events: SessionEvents): Promise<void> {
    const { audioVideo } = this.#session;
    events.step('Turning camera and microphone on…');
    await audioVideo.startVideoInput(this.#camera).catch((error) => {
      throw new Error(cameraMessage(error), { cause: error });
    });
    await audioVideo.startAudioInput({}).catch(() => {
      events.notice('The microphone is not available. The others can see you but not hear you.');
      audioVideo.realtimeSetCanUnmuteLocalAudio(false);
      audioVideo.realtimeMuteLocalAudio();
    });
    await audioVideo.bindAudioElement(audio);
    audioVideo.realtimeSubscribeToAttendeeIdPresence((id, present) => events.presence(id, present));

    events.step('Connecting to Amazon’s media servers…');
    await new Promise<void>((resolve, reject) => {
      let joined = false;
      const late = setTimeout(
        () => reject(new Error('Amazon’s media servers do not respond. Try again later.')),
        JOIN_TIMEOUT,
      );
      audioVideo.addObserver({
        audioVideoDidStartConnecting: (again) => events.reconnecting(again),
        audioVideoDidStart: () => {
          joined = true;
          clearTimeout(late);
          events.reconnecting(false);
          resolve();
        },
        audioVideoDidStop: (status) => {
          clearTimeout(late);
          const problem = endMessage(status);
          if (!joined) return reject(new Error(problem ?? 'You left the meeting before it was joined.'));
          void this.leave().then(() => events.ended(problem));
        },
        videoTileDidUpdate: (state) =>
          events.tile(state, (video) => audioVideo.bindVideoElement(state.tileId ?? 0, video)),
        videoTileWasRemoved: (tileId) => events.tileRemoved(tileId),
      });
      audioVideo.start();
    });
    audioVideo.startLocalVideoTile();
  }

  async setEffect(effect: Effect): Promise<void> {
    await this.#processor.setEffect(effect);
  }

  /** Switches to another camera and keeps the background. The camera stays off while the video is off. */
  async setCamera(camera: string): Promise<void> {
    const device = this.#camera.chooseNewInnerDevice(constraintsOf(camera));
    if (!this.#videoOn) {
      this.#camera = device;
      return;
    }
    await this.#session.audioVideo.startVideoInput(device).catch((error) => {
      throw new Error(cameraMessage(error), { cause: error });
    });
    this.#camera = device;
  }

  /** @returns whether the microphone is muted afterwards. Without a microphone it stays muted. */
  setMuted(muted: boolean): boolean {
    const { audioVideo } = this.#session;
    if (muted) audioVideo.realtimeMuteLocalAudio();
    else audioVideo.realtimeUnmuteLocalAudio();
    return audioVideo.realtimeIsLocalAudioMuted();
  }

  /** Stops or restarts the camera and its video. */
  async setVideo(on: boolean): Promise<void> {
    const { audioVideo } = this.#session;
    if (on) {
      await audioVideo.startVideoInput(this.#camera).catch((error) => {
        throw new Error(cameraMessage(error), { cause: error });
      });
      audioVideo.startLocalVideoTile();
    } else {
      audioVideo.stopLocalVideoTile();
      await audioVideo.stopVideoInput();
    }
    this.#videoOn = on;
  }

  /** Leaves the meeting, turns camera and microphone off, and releases the GPU. */
  leave(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { audioVideo } = this.#session;
    audioVideo.stop();
    // An error in one call must not keep the camera on.
    await Promise.allSettled([audioVideo.stopVideoInput(), audioVideo.stopAudioInput()]);
    audioVideo.unbindAudioElement();
    await Promise.allSettled([this.#camera.stop(), this.#devices.destroy()]);
    await this.#processor.destroy();
  }
}

/** The constraints for a camera ID, or for the default camera. */
function constraintsOf(camera: string): MediaTrackConstraints {
  return {
    ...(camera ? { deviceId: { exact: camera } } : { facingMode: 'user' }),
    width: { ideal: 1280 },
    height: { ideal: 720 },
    frameRate: { ideal: 30 },
  };
}
