import type {
  Backend,
  CycloramaErrorCode,
  OutputFrame,
  VirtualBackgroundOptions,
} from '../../../ts/src/index.js';
import { VirtualBackground } from '../../../ts/src/index.js';
import { BACKGROUND, countMarker, cut, drawScene, loadAstronaut, paintScene } from '../sdk/helpers/scene.js';
import { CHANNEL, type Failure } from './fault-channel.js';
import { endWorkers } from './faulty-page.js';
import { cause } from './faulty-patches.js';
import { startTimer } from './numbered.js';

/** Frames of the camera per second: few enough for the backend, also on software that emulates a GPU. */
const FRAMES_PER_SECOND: Record<Backend, number> = { webgpu: 6, webgl: 12, cpu: 15 };
/** How long a wait within a fault may take, in milliseconds. */
const TIMEOUT = 10_000;

/** The background, unless the fault changes it. */
export const GRAY = { kind: 'color', color: '#405060' } as const;
const GRAY_LEVELS = [64, 80, 96];

/** A fault, and the expected outcome. */
export interface Fault {
  /** Causes the fault. Rejects if this alone shows an error. */
  inject(session: Session): Promise<void> | void;
  /** Whether the expected outcome is reached. Called repeatedly. */
  until?(session: Session): boolean | Promise<boolean>;
  /** Undoes what would otherwise persist. */
  restore?(session: Session): Promise<void> | void;
  /**
   * Options of a background for this fault alone. Faults that lose engines need one, because a background stops after too many
   * losses in a minute.
   */
  options?: VirtualBackgroundOptions | (() => Promise<VirtualBackgroundOptions>);
  /** Switches the camera off before the background, one for this fault alone, receives it. */
  cameraOff?: boolean;
  /** The backends that can have this fault. Default: all. */
  backends?: readonly Backend[];
}

/** The person is visible. */
export const continues = (session: Session): boolean => session.showsPerson();
/** The person is visible before {@link GRAY}. */
export const continuesInGray = (session: Session): boolean => session.showsPerson() && session.showsGray();
/** The person is visible again after another engine or worker replaced the lost one. */
export const recovered = (session: Session): boolean => session.recovered > 0 && session.showsPerson();
export const fail = (failure: Failure) => (session: Session) => session.fail(failure);

/** An active background whose output is inspected frame by frame. */
export class Session {
  readonly background: VirtualBackground;
  readonly camera: Camera;
  readonly backend: Backend;
  /** Whether frames are processed in a worker. */
  readonly #hasWorker: boolean;
  output!: MediaStreamTrack;
  /** Whether frames of the track count; false while the effect is `none`. */
  readsTrack = true;
  frames = 0;
  leaked = 0;
  composited = 0;
  recovered = 0;
  errors: CycloramaErrorCode[] = [];
  #pixels: ImageData | undefined;
  #reading: Promise<unknown> = Promise.resolve();
  /** Called after each frame. */
  #watch = () => {};

  private constructor(background: VirtualBackground, camera: Camera, backend: Backend, hasWorker: boolean) {
    this.background = background;
    this.camera = camera;
    this.backend = backend;
    this.#hasWorker = hasWorker;
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
    const background = await VirtualBackground.create({ backend, effect: GRAY, quality: 'high', ...options });
    const session = new Session(background, camera, backend, options.worker !== false);
    await session.connect(camera.track);
    return session;
  }

  /** Resets the counts. */
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

  /** Whether the newest frame shows {@link GRAY} as the background. */
  showsGray(): boolean {
    return this.showsBehind(GRAY_LEVELS);
  }

  /** Whether the newest frame shows a color as the background, in levels. */
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

  /** Causes a failure in the thread that processes frames. */
  async fail(failure: Failure): Promise<void> {
    if (!this.#hasWorker) return cause(failure);
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

  /** Runs an action without an engine: none of the backends starts. */
  async withoutEngine(action: () => Promise<void>): Promise<void> {
    await this.fail('refuse-engine');
    await this.fail('lose-engine');
    // A frame notices the loss.
    await this.until('the loss is reported', () => this.errors.length > 0);
    this.#pixels = undefined;
    try {
      await action();
    } finally {
      await this.fail('allow-engine');
    }
  }

  /** Sets the effect `none`, and checks that a frame of the camera is recognized as one. */
  async showCamera(): Promise<void> {
    this.readsTrack = false;
    await this.background.setEffect({ kind: 'none' });
    const { image, outcome } = await this.background.processFrame(await paintScene(320, 180));
    const seen = showsRoom(read(image, image.width, image.height));
    image.close();
    if (outcome !== 'raw' || !seen)
      throw new Error('the camera itself shows no marker, so a leak would not be detected');
  }

  /** Counts frames of the track again after {@link showCamera}, once the raw frames in flight have arrived. */
  async readTrack(): Promise<void> {
    await pause(250);
    this.readsTrack = true;
  }

  /** Processes a single frame, as the Chime SDK submits it. */
  async processOne(background = this.background): Promise<OutputFrame['outcome']> {
    const { image, outcome } = await background.processFrame(await paintScene(320, 180));
    if (outcome !== 'raw') this.#inspect(image, image.width, image.height);
    else this.leaked += 1;
    image.close();
    return outcome;
  }

  /** Processes single frames, each of which must have this outcome. */
  async expectOutcome(expected: OutputFrame['outcome'], count: number): Promise<void> {
    for (let frame = 0; frame < count; frame += 1) {
      const outcome = await this.processOne();
      if (outcome !== expected) throw new Error(`the outcome of a frame was ${outcome}, not ${expected}`);
    }
  }

  /** Rejects if the person is visible within a period in milliseconds. */
  async expectNoPerson(milliseconds: number): Promise<void> {
    await this.expectNever('the person is seen', () => this.showsPerson(), milliseconds);
  }

  /** Rejects if a frame within a period in milliseconds fulfills the condition. */
  async expectNever(what: string, condition: () => boolean, milliseconds: number): Promise<void> {
    let count = 0;
    this.#watch = () => {
      if (condition()) count += 1;
    };
    await pause(milliseconds);
    this.#watch = () => {};
    if (count > 0) throw new Error(`in ${count} frames: ${what}`);
  }

  /** Waits until a condition is fulfilled. Rejects at the timeout. */
  async until(what: string, condition: () => boolean): Promise<void> {
    const end = performance.now() + TIMEOUT;
    while (!condition()) {
      if (performance.now() > end) throw new Error(`timed out waiting until ${what}`);
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
      if (this.readsTrack) this.#inspect(frame, frame.displayWidth, frame.displayHeight);
      frame.close();
    }
  }

  #inspect(image: CanvasImageSource, width: number, height: number): void {
    const pixels = read(image, width, height);
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
  /** A black image, as a track of its own. */
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

  /** Another camera, which sees no person. */
  get dark(): MediaStreamTrack {
    return this.#darkCapture;
  }

  resize(width: number, height: number): void {
    this.#canvas.width = width;
    this.#canvas.height = height;
  }

  /** Switches to another track. The previous one stays live without frames. */
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
  if (!context) throw new Error('the camera has no 2D context');
  return context;
}

function capture(canvas: HTMLCanvasElement): CanvasCaptureMediaStreamTrack {
  const [track] = canvas.captureStream(0).getVideoTracks();
  if (!track) throw new Error('the canvas gave no track');
  return track as CanvasCaptureMediaStreamTrack;
}

const screen = new OffscreenCanvas(1, 1);

function read(image: CanvasImageSource, width: number, height: number): ImageData {
  if (screen.width !== width) screen.width = width;
  if (screen.height !== height) screen.height = height;
  const context = screen.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('the canvas has no 2D context to read pixels with');
  context.drawImage(image, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}

/**
 * Whether the marker shows where it is always behind the person. A model may be wrong by a pixel next to the outline, so the
 * outline is not inspected.
 */
function showsRoom(pixels: ImageData): boolean {
  return BACKGROUND.some((region) => countMarker(cut(pixels, region)) > 0);
}

/** Whether the middle of the face, in an image of the scene, has the color of skin. In an image upside down it is nearly white. */
function isPerson({ data, width, height }: ImageData): boolean {
  const at = (Math.round(height * 0.25) * width + Math.round(width / 2 - height * 0.03)) * 4;
  const [red = 0, green = 0, blue = 0] = data.subarray(at, at + 3);
  return red > 150 && red > green && green > blue && red - blue > 35;
}
