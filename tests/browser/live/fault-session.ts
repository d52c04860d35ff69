import type {
  Backend,
  CycloramaErrorCode,
  OutputFrame,
  VirtualBackgroundOptions,
} from '../../../ts/src/index.js';
import { VirtualBackground } from '../../../ts/src/index.js';
import { BACKGROUND, countMarker, cut, drawScene, loadAstronaut, paintScene } from '../sdk/scene.js';
import { CHANNEL, type Failure } from './fault-channel.js';
import { endWorkers } from './faulty-page.js';
import { startTimer } from './numbered.js';

/** Frames of the camera, a second: so few that the GPU, or what emulates it, can keep up. */
const FRAMES_PER_SECOND: Record<Backend, number> = { webgpu: 6, webgl: 12 };
/** How long what is waited for within a fault may take, in milliseconds. */
const PATIENCE = 10_000;

/** What is behind the person unless a fault is about that. */
export const GREY = { kind: 'color', color: '#405060' } as const;
const GREY_LEVELS = [64, 80, 96];

/** Something that goes wrong, and what it leads to. */
export interface Fault {
  /** What is done; rejects where that alone shows something wrong. */
  inject(session: Session): Promise<void> | void;
  /** What comes of it in the end, asked again and again. */
  until?(session: Session): boolean | Promise<boolean>;
  /** Undoes what else would go on. */
  restore?(session: Session): Promise<void> | void;
  /**
   * Needs a background of its own that begins so: where engines are lost, as one that is lost too often in a minute is given
   * up.
   */
  options?: VirtualBackgroundOptions | (() => Promise<VirtualBackgroundOptions>);
  /** The camera is switched off when it is given to the background, which is one of the fault's own. */
  cameraOff?: boolean;
  /** What the fault is about exists only on this backend. */
  backend?: Backend;
}

/** The person is seen. */
export const goesOn = (session: Session): boolean => session.showsPerson();
/** The person is seen before {@link GREY}. */
export const goesOnInGrey = (session: Session): boolean => session.showsPerson() && session.showsGrey();
/** The person is seen again after an engine or a worker has taken another one's place. */
export const recovered = (session: Session): boolean => session.recovered > 0 && session.showsPerson();
export const fail = (failure: Failure) => (session: Session) => session.fail(failure);

/** A background at work, with all that comes out of it looked at. */
export class Session {
  readonly background: VirtualBackground;
  readonly camera: Camera;
  readonly backend: Backend;
  output!: MediaStreamTrack;
  /** Whether what the track shows counts; not while the camera was asked for by name. */
  readsTrack = true;
  frames = 0;
  leaked = 0;
  composited = 0;
  recovered = 0;
  errors: CycloramaErrorCode[] = [];
  #pixels: ImageData | undefined;
  #reading: Promise<unknown> = Promise.resolve();
  /** Is called after each frame. */
  #watch = () => {};

  private constructor(background: VirtualBackground, camera: Camera, backend: Backend) {
    this.background = background;
    this.camera = camera;
    this.backend = backend;
    background.addEventListener('error', ({ detail }) => this.errors.push(detail.code));
    background.addEventListener('recovered', () => {
      this.recovered += 1;
      this.#pixels = undefined;
    });
    background.addEventListener('track', ({ detail }) => this.#show(detail.track));
  }

  static async open(
    backend: Backend,
    options: VirtualBackgroundOptions,
    cameraOff = false,
  ): Promise<Session> {
    const camera = await Camera.open(320, 180, FRAMES_PER_SECOND[backend]);
    camera.track.enabled = !cameraOff;
    const background = await VirtualBackground.create({ backend, effect: GREY, quality: 'high', ...options });
    const session = new Session(background, camera, backend);
    await session.connect(camera.track);
    return session;
  }

  /** Counts from here on. */
  begin(): void {
    this.frames = 0;
    this.leaked = 0;
    this.composited = 0;
    this.recovered = 0;
    this.errors = [];
    this.#pixels = undefined;
  }

  async connect(camera: MediaStreamTrack): Promise<void> {
    this.#show(await this.background.processTrack(camera));
    this.#pixels = undefined;
  }

  /** Whether the newest frame shows the person. */
  showsPerson(): boolean {
    return this.#pixels !== undefined && isPerson(this.#pixels);
  }

  /** Whether the newest frame shows {@link GREY} behind. */
  showsGrey(): boolean {
    return this.showsBehind(GREY_LEVELS);
  }

  /** Whether the newest frame shows a colour behind, in levels. */
  showsBehind(levels: readonly number[]): boolean {
    if (!this.#pixels) return false;
    const { data, width, height } = this.#pixels;
    const at = (Math.round(height * 0.25) * width + Math.round(width * 0.08)) * 4;
    return levels.every((level, channel) => Math.abs(level - (data[at + channel] ?? 0)) <= 4);
  }

  /** Whether the newest frame is black. */
  showsBlack(): boolean {
    return this.#pixels?.data.every((level, index) => index % 4 === 3 || level < 8) ?? false;
  }

  async fail(failure: Failure): Promise<void> {
    const channel = new BroadcastChannel(CHANNEL);
    const done = new Promise((resolve) => {
      channel.onmessage = resolve;
    });
    channel.postMessage(failure);
    await done;
    channel.close();
  }

  endWorker(): void {
    endWorkers();
  }

  resize(width: number, height: number): void {
    this.camera.resize(width, height);
    this.#pixels = undefined;
  }

  /** Has no engine while something is done: of those that are tried, none starts. */
  async withoutEngine(action: () => Promise<void>): Promise<void> {
    await this.fail('refuse-gpu');
    await this.fail('lose-device');
    this.#pixels = undefined;
    try {
      await action();
    } finally {
      await this.fail('allow-gpu');
    }
  }

  /** Asks for the camera by name, and makes sure that a frame of it would be told from others. */
  async showCamera(): Promise<void> {
    this.readsTrack = false;
    await this.background.setEffect({ kind: 'none' });
    const { image, outcome } = await this.background.processFrame(await paintScene(320, 180));
    const seen = showsRoom(read(image, image.width, image.height));
    image.close();
    if (outcome !== 'raw' || !seen)
      throw new Error('the camera itself shows no marker: no leak would be seen');
  }

  /** Counts what the track shows again, after {@link showCamera}: what is on its way there was asked for. */
  async readTrack(): Promise<void> {
    await pause(250);
    this.readsTrack = true;
  }

  /** A frame by itself, as the Chime SDK hands it in. */
  async processOne(background = this.background): Promise<OutputFrame['outcome']> {
    const { image, outcome } = await background.processFrame(await paintScene(320, 180));
    if (outcome !== 'raw') this.#look(image, image.width, image.height);
    else this.leaked += 1;
    image.close();
    return outcome;
  }

  /** Some frames by themselves, of which each has to come out so. */
  async expectOutcome(expected: OutputFrame['outcome'], count: number): Promise<void> {
    for (let frame = 0; frame < count; frame += 1) {
      const outcome = await this.processOne();
      if (outcome !== expected) throw new Error(`a frame came out ${outcome}, not ${expected}`);
    }
  }

  /** Rejects where the person is seen within the next milliseconds. */
  async expectNobody(milliseconds: number): Promise<void> {
    await this.expectNever('the person is seen', () => this.showsPerson(), milliseconds);
  }

  /** Rejects where a frame shows within the next milliseconds what none may show. */
  async expectNever(what: string, condition: () => boolean, milliseconds: number): Promise<void> {
    let count = 0;
    this.#watch = () => {
      if (condition()) count += 1;
    };
    await pause(milliseconds);
    this.#watch = () => {};
    if (count > 0) throw new Error(`in ${count} frames ${what}`);
  }

  /** Waits until something is so; rejects where that does not come. */
  async until(what: string, condition: () => boolean): Promise<void> {
    const end = performance.now() + PATIENCE;
    while (!condition()) {
      if (performance.now() > end) throw new Error(`it never was so that ${what}`);
      await pause(20);
    }
  }

  async close(): Promise<void> {
    await this.background.destroy();
    this.output.stop();
    this.camera.close();
    await this.#reading;
  }

  #show(track: MediaStreamTrack): void {
    if (track === this.output) return;
    this.output = track;
    this.#reading = Promise.all([this.#reading, this.#read(track)]);
  }

  async #read(track: MediaStreamTrack): Promise<void> {
    const { readable } = new MediaStreamTrackProcessor({ track });
    for await (const frame of readable as unknown as AsyncIterable<VideoFrame>) {
      if (this.readsTrack) this.#look(frame, frame.displayWidth, frame.displayHeight);
      frame.close();
    }
  }

  #look(picture: CanvasImageSource, width: number, height: number): void {
    const pixels = read(picture, width, height);
    this.#pixels = pixels;
    this.frames += 1;
    if (showsRoom(pixels)) this.leaked += 1;
    if (isPerson(pixels)) this.composited += 1;
    this.#watch();
  }
}

/** The scene with the marker behind the person, as a track. */
export class Camera {
  readonly #canvas = document.createElement('canvas');
  readonly #context: CanvasRenderingContext2D;
  readonly #timer: Worker;
  #capture: CanvasCaptureMediaStreamTrack;
  /** A black picture, as a track of its own. */
  readonly #dark = document.createElement('canvas');
  readonly #darkCapture: CanvasCaptureMediaStreamTrack;

  private constructor(astronaut: ImageBitmap, width: number, height: number, rate: number) {
    this.resize(width, height);
    [this.#dark.width, this.#dark.height] = [width, height];
    this.#context = contextOf(this.#canvas);
    const dark = contextOf(this.#dark);
    this.#capture = capture(this.#canvas);
    this.#darkCapture = capture(this.#dark);
    this.#timer = startTimer(1000 / rate, () => {
      drawScene(this.#context, astronaut, performance.now() / 1000);
      this.#capture.requestFrame();
      dark.fillRect(0, 0, width, height);
      this.#darkCapture.requestFrame();
    });
  }

  static async open(width: number, height: number, rate: number): Promise<Camera> {
    return new Camera(await loadAstronaut(), width, height, rate);
  }

  get track(): MediaStreamTrack {
    return this.#capture;
  }

  /** Another camera, which sees nobody. */
  get dark(): MediaStreamTrack {
    return this.#darkCapture;
  }

  resize(width: number, height: number): void {
    this.#canvas.width = width;
    this.#canvas.height = height;
  }

  /** Another track, while the one before goes on without frames. */
  swap(): MediaStreamTrack {
    this.#capture = capture(this.#canvas);
    return this.#capture;
  }

  close(): void {
    this.#timer.terminate();
    this.#capture.stop();
    this.#darkCapture.stop();
  }
}

declare class MediaStreamTrackProcessor {
  constructor(init: { track: MediaStreamTrack });
  readonly readable: ReadableStream<VideoFrame>;
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext('2d', { alpha: false });
  if (!context) throw new Error('there is no 2D context for the camera');
  return context;
}

function capture(canvas: HTMLCanvasElement): CanvasCaptureMediaStreamTrack {
  const [track] = canvas.captureStream(0).getVideoTracks();
  if (!track) throw new Error('the canvas gave no track');
  return track as CanvasCaptureMediaStreamTrack;
}

const screen = new OffscreenCanvas(1, 1);

function read(picture: CanvasImageSource, width: number, height: number): ImageData {
  if (screen.width !== width) screen.width = width;
  if (screen.height !== height) screen.height = height;
  const context = screen.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('there is no 2D context to read pixels with');
  context.drawImage(picture, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}

/**
 * Whether the marker shows where it is always behind the person. Beside the outline a network may be wrong by a pixel, which is
 * no fault's doing.
 */
function showsRoom(pixels: ImageData): boolean {
  return BACKGROUND.some((region) => countMarker(cut(pixels, region)) > 0);
}

/** Whether the middle of the face, in a picture of the scene, has the colour of skin. */
function isPerson({ data, width, height }: ImageData): boolean {
  const at = (Math.round(height * 0.25) * width + Math.round(width / 2 - height * 0.03)) * 4;
  const [red = 0, green = 0, blue = 0] = data.subarray(at, at + 3);
  return red > 150 && red > green && green > blue;
}
