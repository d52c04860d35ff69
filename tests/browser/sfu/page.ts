import { type Backend, type QualityOption, VirtualBackground } from 'cyclorama';
import { loadPositions, openSceneCamera, type SceneCamera } from './camera.js';
import { type Color, mean } from './color.js';
import { FarSide } from './far-side.js';
import { type FrameContent, inspectFrame } from './frame-content.js';
import { callThroughRoom, type RoomCall } from './room.js';

/** How a call is opened. */
export interface CallOptions {
  /** The URL of the server's WebSocket API. */
  server: string;
  /** The backend that processes the track. Without it, the camera's own track is sent. */
  backend?: Backend;
  width: number;
  height: number;
  /** Frames of the camera per second. */
  rate: number;
  /** The background, as a CSS color. */
  color: string;
  /** `auto` by default, as in the package. */
  quality?: QualityOption;
}

/** The state of a call at one moment. */
export interface CallState {
  backend: string | undefined;
  /** Milliseconds of the page's clock. */
  time: number;
  /** Frames that the camera has delivered, and that the far side has decoded. */
  given: number;
  decoded: number;
  /** The result for each frame of the far side, oldest first. */
  contents: readonly FrameContent[];
  /** Why WebRTC sends less than the track delivers, if it does: `none`, `cpu`, `bandwidth` or `other`. */
  limitation: string | undefined;
  hangups: readonly string[];
}

/** What WebRTC may send: bits per second, and the divisor of a frame's sides. */
export type Limits = Pick<RTCRtpEncodingParameters, 'maxBitrate' | 'scaleResolutionDownBy'>;

let call: OpenCall | undefined;

interface OpenCall {
  cameras: SceneCamera[];
  rate: number;
  background: VirtualBackground | undefined;
  room: RoomCall;
  far: FarSide;
}

const actions = {
  /** Opens a call. Resolves with the mean color of the person in the camera's frames. */
  async open({ server, backend, width, height, rate, color, quality = 'auto' }: CallOptions): Promise<Color> {
    const camera = await openSceneCamera(width, height, rate);
    const background =
      backend && (await VirtualBackground.create({ backend, quality, effect: { kind: 'color', color } }));
    const track = (await background?.processTrack(camera.track)) ?? camera.track;
    const far = new FarSide();
    const room = await callThroughRoom(server, track, (received) => far.watch(received));
    call = { cameras: [camera], rate, background, room, far };
    return mean((await loadPositions()).map((scene) => inspectFrame(scene).person));
  },

  /** @param from omits the results before this one. */
  async state(from = 0): Promise<CallState> {
    const { cameras, background, room, far } = opened();
    const [inbound, outbound] = await Promise.all([
      statistics(room.receiver, 'inbound-rtp'),
      statistics(room.sender, 'outbound-rtp'),
    ]);
    return {
      backend: background?.backend,
      time: performance.now(),
      given: cameras.reduce((sum, { given }) => sum + given, 0),
      decoded: inbound?.framesDecoded ?? 0,
      contents: far.contents.slice(from),
      limitation: outbound?.qualityLimitationReason,
      hangups: room.hangups,
    };
  },

  async setColor(color: string): Promise<void> {
    await opened().background?.setEffect({ kind: 'color', color });
  },

  async setQuality(quality: QualityOption): Promise<void> {
    await opened().background?.setQuality(quality);
  },

  pause: () => opened().background?.pause(),
  resume: () => opened().background?.resume(),

  /** Switches the camera off or on, as apps do. */
  enable(enabled: boolean): void {
    const { cameras } = opened();
    for (const { track } of cameras) track.enabled = enabled;
  },

  /** Changes the size of the same camera. */
  resize: (width: number, height: number) => opened().cameras.at(-1)?.resize(width, height),

  /** Switches to another camera, as the documentation describes. */
  async changeCamera(width: number, height: number): Promise<void> {
    const { cameras, background, room, rate } = opened();
    const next = await openSceneCamera(width, height, rate);
    if (background) await room.sender.replaceTrack(await background.processTrack(next.track));
    for (const camera of cameras) camera.close();
    cameras.push(next);
  },

  /** Limits what WebRTC sends, and sets what it prefers to keep. */
  async limit(limits: Limits, prefer: RTCDegradationPreference): Promise<void> {
    const { sender } = opened().room;
    const parameters = sender.getParameters();
    parameters.degradationPreference = prefer;
    for (const encoding of parameters.encodings) Object.assign(encoding, limits);
    await sender.setParameters(parameters);
  },

  async close(): Promise<void> {
    if (!call) return;
    const { cameras, background, room, far } = call;
    call = undefined;
    far.close();
    await room.close();
    await background?.destroy();
    for (const camera of cameras) camera.close();
  },
};

/** What the test calls. */
export type Actions = typeof actions;

Object.assign(globalThis, { actions });

function opened(): OpenCall {
  if (!call) throw new Error('no call is open');
  return call;
}

async function statistics(of: { getStats(): Promise<RTCStatsReport> }, type: string) {
  for (const report of (await of.getStats()).values()) if (report.type === type) return report;
  return undefined;
}
