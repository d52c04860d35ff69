/** What engines do to a camera in the middle of a call, as plain data. Each browser's test compares the results. */
import { VirtualBackground } from '../../../../ts/src/index.js';
import { receiveScriptEvents } from '../../../../ts/src/page/tracks/canvas-track.js';
import type { InsertableStreams } from '../../../../ts/src/page/tracks/process-track.js';
import { readPixels } from '../helpers/pixels.js';
import { BACKGROUND, countMarker, cut, meanDifference, PERSON, paintScene } from '../helpers/scene.js';

/** How `processTrack` makes its track. */
export type TrackPath = 'streams' | 'canvas';

/** What a frame shows. */
export type FrameContent = 'black' | 'person before blue' | 'camera' | 'something else';

const BLUE = { kind: 'color', color: '#2040c0' } as const;
const [WIDTH, HEIGHT] = [320, 180];
/** How long a frame may take, in milliseconds. */
const TIMEOUT = 30_000;

/** A camera before the scene. */
class Camera {
  readonly track: MediaStreamTrack;
  readonly #canvas = document.createElement('canvas');
  readonly #timer: ReturnType<typeof setInterval>;
  #scene: HTMLCanvasElement;

  private constructor(scene: HTMLCanvasElement) {
    this.#scene = scene;
    this.#paint();
    const [track] = this.#canvas.captureStream(15).getVideoTracks();
    if (!track) throw new Error('the canvas gave no track');
    this.track = track;
    // A browser's own events reach every listener. These are dispatched by a script.
    receiveScriptEvents(track);
    this.#timer = setInterval(() => this.#paint(), 66);
  }

  static async open(): Promise<Camera> {
    return new Camera(await paintScene(WIDTH, HEIGHT));
  }

  #paint(): void {
    const { width, height } = this.#scene;
    if (this.#canvas.width !== width || this.#canvas.height !== height)
      Object.assign(this.#canvas, { width, height });
    this.#canvas.getContext('2d', { alpha: false })?.drawImage(this.#scene, 0, 0);
  }

  async resize(width: number, height: number): Promise<void> {
    this.#scene = await paintScene(width, height);
  }

  /** Mutes the track, as a privacy switch does. */
  mute(muted: boolean): void {
    Object.defineProperty(this.track, 'muted', { value: muted, configurable: true });
    this.track.dispatchEvent(new Event(muted ? 'mute' : 'unmute'));
  }

  /** Ends the track, as unplugging the camera does. */
  unplug(): void {
    this.close();
    this.track.dispatchEvent(new Event('ended'));
  }

  close(): void {
    clearInterval(this.#timer);
    this.track.stop();
  }
}

/** Collects what a track shows. */
class Viewer {
  readonly seen: { content: FrameContent; size: string }[] = [];
  readonly #video = document.createElement('video');
  readonly #scene: ImageData;
  #closed = false;

  private constructor(track: MediaStreamTrack, scene: ImageData) {
    this.#scene = scene;
    this.#video.muted = true;
    this.#video.srcObject = new MediaStream([track]);
    const inspect = () => {
      if (this.#closed) return;
      const { videoWidth, videoHeight } = this.#video;
      this.seen.push({ content: this.#read(), size: `${videoWidth}x${videoHeight}` });
      this.#video.requestVideoFrameCallback(inspect);
    };
    this.#video.requestVideoFrameCallback(inspect);
    void this.#video.play().catch(() => {});
  }

  static async open(track: MediaStreamTrack): Promise<Viewer> {
    return new Viewer(track, readPixels(await paintScene(WIDTH, HEIGHT), WIDTH, HEIGHT));
  }

  #read(): FrameContent {
    const pixels = readPixels(this.#video, WIDTH, HEIGHT);
    if (BACKGROUND.some((region) => countMarker(cut(pixels, region)) > 0)) return 'camera';
    if (pixels.data.every((level, index) => index % 4 === 3 || level < 8)) return 'black';
    const isPerson = PERSON.every(
      (region) => meanDifference(cut(pixels, region), cut(this.#scene, region)) < 16,
    );
    const isBlue = BACKGROUND.every((region) => {
      const { data } = cut(pixels, region);
      return data.every((level, index) => Math.abs(level - ([32, 64, 192, 255][index % 4] ?? 0)) < 16);
    });
    return isPerson && isBlue ? 'person before blue' : 'something else';
  }

  /** Resolves with whether a matching frame comes, from now on. */
  async until(content: FrameContent, size?: string): Promise<boolean> {
    const from = this.seen.length;
    const end = performance.now() + TIMEOUT;
    while (performance.now() < end) {
      const newest = this.seen.slice(from).at(-1);
      if (newest?.content === content && (size ?? newest.size) === newest.size) return true;
      await pause(50);
    }
    return false;
  }

  close(): void {
    this.#closed = true;
    this.#video.srcObject = null;
  }
}

/** A background with the first of its cameras, and the results. */
async function open(path: TrackPath) {
  const page = globalThis as { MediaStreamTrackGenerator?: unknown };
  const { MediaStreamTrackGenerator } = page;
  if (path === 'canvas') Reflect.deleteProperty(page, 'MediaStreamTrackGenerator');
  const background = await VirtualBackground.create({ backend: 'webgl', effect: BLUE, quality: 'high' });
  const errors: string[] = [];
  background.addEventListener('error', ({ detail }) => errors.push(`${detail.code}: ${detail.message}`));
  const closing: (() => void)[] = [];
  return {
    background,
    errors,
    /** Registers a function for the end. */
    defer: (close: () => void) => void closing.push(close),
    async camera() {
      const camera = await Camera.open();
      closing.push(() => camera.close());
      return camera;
    },
    async view(track: MediaStreamTrack) {
      const viewer = await Viewer.open(track);
      closing.push(() => viewer.close());
      return viewer;
    },
    async close() {
      await background.destroy();
      for (const close of closing) close();
      if (MediaStreamTrackGenerator) Object.assign(page, { MediaStreamTrackGenerator });
    },
  };
}

/** A camera that is unplugged ends the track, which fires `ended`. Another track shows the camera that comes back. */
async function unplugged(path: TrackPath) {
  const { background, errors, camera, view, close } = await open(path);
  const [first, second] = [await camera(), await camera()];
  const output = await background.processTrack(first.track);
  let ended = 0;
  output.addEventListener('ended', () => {
    ended += 1;
  });
  const before = await view(output);
  const shown = await before.until('person before blue');
  first.unplug();
  await pause(600);
  const end = { state: output.readyState, ended };
  const next = await background.processTrack(second.track);
  const after = await view(next);
  const shownAgain = await after.until('person before blue');
  const contents = [...new Set([...before.seen, ...after.seen].map(({ content }) => content))];
  const result = {
    shown,
    end,
    isAnother: next !== output,
    state: next.readyState,
    shownAgain,
    contents,
    errors,
  };
  await close();
  return result;
}

/** A muted camera is black even while it gives frames, and is shown again once it is unmuted. */
async function muted(path: TrackPath) {
  const { background, errors, camera, view, close } = await open(path);
  const first = await camera();
  const output = await background.processTrack(first.track);
  const events: string[] = [];
  for (const type of ['mute', 'unmute']) output.addEventListener(type, () => events.push(type));
  const viewer = await view(output);
  const shown = await viewer.until('person before blue');
  first.mute(true);
  const black = await viewer.until('black');
  const from = viewer.seen.length;
  await pause(1000);
  const whileMuted = new Set(viewer.seen.slice(from).map(({ content }) => content));
  const wasMuted = output.muted;
  first.mute(false);
  const shownAgain = await viewer.until('person before blue');
  const result = {
    shown,
    black,
    onlyBlack: [...whileMuted].every((content) => content === 'black'),
    wasMuted,
    isMuted: output.muted,
    shownAgain,
    events,
    raw: viewer.seen.filter(({ content }) => content === 'camera').length,
    errors,
  };
  await close();
  return result;
}

/** The output follows each change of the camera's size. */
async function resized(path: TrackPath) {
  const { background, errors, camera, view, close } = await open(path);
  const first = await camera();
  const output = await background.processTrack(first.track);
  const viewer = await view(output);
  const shown: boolean[] = [];
  for (const [width, height] of [
    [320, 180],
    [640, 360],
    [480, 270],
    [320, 180],
  ] as const) {
    await first.resize(width, height);
    shown.push(await viewer.until('person before blue', `${width}x${height}`));
  }
  const { hidden, failed } = (await background.metrics()).frames;
  const contents = [...new Set(viewer.seen.map(({ content }) => content))];
  const result = { shown, contents, hidden, failed, output: output.readyState, errors };
  await close();
  return result;
}

/**
 * A camera whose clock jumps an hour ahead and back. Returns how many frames of each part the far side of a call decodes, and how many
 * come out no later than the previous one, which recorders and encoders refuse.
 */
async function clockJumps() {
  const { background, errors, defer, close } = await open('streams');
  const { MediaStreamTrackGenerator, MediaStreamTrackProcessor } = globalThis as unknown as InsertableStreams;
  const generator = new MediaStreamTrackGenerator({ kind: 'video' });
  defer(() => generator.stop());
  const scene = await paintScene(WIDTH, HEIGHT);
  const writer = generator.writable.getWriter();
  const output = await background.processTrack(generator);
  const times: number[] = [];
  const reader = new MediaStreamTrackProcessor({ track: output }).readable.getReader();
  const read = async () => {
    for (let next = await reader.read(); next.value; next = await reader.read()) {
      times.push(next.value.timestamp);
      next.value.close();
    }
  };
  const reading = read();
  const [near, far] = [new RTCPeerConnection(), new RTCPeerConnection()];
  defer(() => {
    near.close();
    far.close();
  });
  near.onicecandidate = ({ candidate }) => void far.addIceCandidate(candidate ?? undefined);
  far.onicecandidate = ({ candidate }) => void near.addIceCandidate(candidate ?? undefined);
  near.addTrack(output, new MediaStream([output]));
  await near.setLocalDescription();
  await far.setRemoteDescription(near.localDescription as RTCSessionDescription);
  await far.setLocalDescription();
  await near.setRemoteDescription(far.localDescription as RTCSessionDescription);
  const decoded = async () => {
    for (const stats of (await far.getStats()).values()) {
      if (stats.type === 'inbound-rtp') return Number(stats.framesDecoded ?? 0);
    }
    return 0;
  };
  const hour = 3_600_000_000;
  const counts: Record<string, number> = {};
  for (const [name, start] of [
    ['before', 0],
    ['an hour ahead', hour],
    ['back', 5_000_000],
  ] as const) {
    const before = await decoded();
    for (let frame = 0; frame < 60; frame += 1) {
      await writer.write(new VideoFrame(scene, { timestamp: start + frame * 66_000 }));
      await pause(66);
    }
    counts[name] = (await decoded()) - before;
  }
  await reader.cancel();
  await reading;
  const late = times.filter((time, index) => time <= (times[index - 1] ?? Number.NEGATIVE_INFINITY)).length;
  const result = { counts, frames: times.length, late, errors };
  await close();
  return result;
}

export const scenarios = { unplugged, muted, resized, clockJumps };

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
