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
import { backend } from '../backend';
import type { Ticket } from './messages';
import { cameraWords, endOf } from './words';

/** How long joining may take until the user is told, in milliseconds. */
const LONGEST_JOIN = 30_000;

/** What a meeting tells the page. */
export interface SessionEvents {
  /** How far joining is. */
  step(words: string): void;
  /** Somebody's picture is there, or has changed; it plays in the video that is bound to it. */
  tile(state: VideoTileState, bind: (video: HTMLVideoElement) => void): void;
  tileGone(tileId: number): void;
  /** Somebody has come or gone. */
  presence(attendeeId: string, present: boolean): void;
  /** The connection broke and is made again, or is there again. */
  reconnecting(again: boolean): void;
  /** What did not work, though the meeting goes on. */
  notice(words: string): void;
  /** The meeting is over, and the camera off; with words where it was not the user's own doing. */
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
    configuration.reconnectTimeoutMs = LONGEST_JOIN / 2;
    this.#devices = new DefaultDeviceController(logger);
    // The SDK would report to Amazon how the meeting goes and in which browser.
    const events = new DefaultEventController(configuration, logger, new NoOpEventReporter());
    this.#session = new DefaultMeetingSession(configuration, logger, this.#devices, events);
    this.#camera = new DefaultVideoTransformDevice(logger, constraintsOf(camera), [processor]);
  }

  /**
   * Turns camera and microphone on and joins. Where that fails all is off again.
   *
   * @throws an error with words for the user
   */
  static async join(
    ticket: Ticket,
    { camera, effect, audio }: { camera: string; effect: Effect; audio: HTMLAudioElement },
    events: SessionEvents,
  ): Promise<Session> {
    events.step('Loading the network and making the GPU ready…');
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
      throw new Error(cameraWords(error), { cause: error });
    });
    await audioVideo.startAudioInput({}).catch(() => {
      events.notice('The microphone cannot be used: you see and hear the others, and they only see you.');
      audioVideo.realtimeSetCanUnmuteLocalAudio(false);
      audioVideo.realtimeMuteLocalAudio();
    });
    await audioVideo.bindAudioElement(audio);
    audioVideo.realtimeSubscribeToAttendeeIdPresence((id, present) => events.presence(id, present));

    events.step('Connecting to Amazon’s media servers…');
    await new Promise<void>((resolve, reject) => {
      let joined = false;
      const late = setTimeout(
        () => reject(new Error('Amazon’s media servers do not answer. Try again later.')),
        LONGEST_JOIN,
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
          const problem = endOf(status);
          if (!joined) return reject(new Error(problem ?? 'The meeting was left before it was joined.'));
          void this.leave().then(() => events.ended(problem));
        },
        videoTileDidUpdate: (state) =>
          events.tile(state, (video) => audioVideo.bindVideoElement(state.tileId ?? 0, video)),
        videoTileWasRemoved: (tileId) => events.tileGone(tileId),
      });
      audioVideo.start();
    });
    audioVideo.startLocalVideoTile();
  }

  async setEffect(effect: Effect): Promise<void> {
    await this.#processor.setEffect(effect);
  }

  /** Another camera, with the same background. It stays off while the video is. */
  async setCamera(camera: string): Promise<void> {
    const device = this.#camera.chooseNewInnerDevice(constraintsOf(camera));
    if (!this.#videoOn) {
      this.#camera = device;
      return;
    }
    await this.#session.audioVideo.startVideoInput(device).catch((error) => {
      throw new Error(cameraWords(error), { cause: error });
    });
    this.#camera = device;
  }

  /** Gives whether it is muted then: without a microphone it stays so. */
  setMuted(muted: boolean): boolean {
    const { audioVideo } = this.#session;
    if (muted) audioVideo.realtimeMuteLocalAudio();
    else audioVideo.realtimeUnmuteLocalAudio();
    return audioVideo.realtimeIsLocalAudioMuted();
  }

  /** Stops the camera and the picture, or starts them again. */
  async setVideo(on: boolean): Promise<void> {
    const { audioVideo } = this.#session;
    if (on) {
      await audioVideo.startVideoInput(this.#camera).catch((error) => {
        throw new Error(cameraWords(error), { cause: error });
      });
      audioVideo.startLocalVideoTile();
    } else {
      audioVideo.stopLocalVideoTile();
      await audioVideo.stopVideoInput();
    }
    this.#videoOn = on;
  }

  /** Leaves, turns camera and microphone off and lets the GPU go. */
  leave(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { audioVideo } = this.#session;
    audioVideo.stop();
    // One that fails must not keep the camera on.
    await Promise.allSettled([audioVideo.stopVideoInput(), audioVideo.stopAudioInput()]);
    audioVideo.unbindAudioElement();
    await Promise.allSettled([this.#camera.stop(), this.#devices.destroy()]);
    await this.#processor.destroy();
  }
}

/** The camera of an id, or whichever the browser takes. */
function constraintsOf(camera: string): MediaTrackConstraints {
  return {
    ...(camera ? { deviceId: { exact: camera } } : { facingMode: 'user' }),
    width: { ideal: 1280 },
    height: { ideal: 720 },
    frameRate: { ideal: 30 },
  };
}
