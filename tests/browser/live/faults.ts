import modelUrl from '../../../ts/models/selfie_segmentation_landscape.tflite?url';
import type { Backend, OnFailure, VirtualBackgroundOptions } from '../../../ts/src/index.js';
import { VirtualBackground } from '../../../ts/src/index.js';
import { BACKGROUND, countMarker, cut, drawScene, loadAstronaut, paintScene } from '../sdk/scene.js';
import { allPerson, noNumbers } from './damage.js';
import { CHANNEL, type Failure } from './fault-channel.js';
import { startTimer } from './numbered.js';

/** Frames of the camera, a second: so few that a software GPU can keep up. */
const FRAMES_PER_SECOND = 6;
/** So many frames are read after each fault at least, whatever comes of it. */
const MIN_FRAMES = 8;
/** How long what a fault leads to may take, in milliseconds. */
const PATIENCE = 90_000;

/** What came of one fault. */
export interface FaultReport {
  fault: string;
  /** Frames read from the fault until what it leads to, and those with the marker of the camera's background. */
  frames: number;
  leaked: number;
  /** How many of the frames showed the person. */
  composited: number;
  /** Errors that were told, by their codes. */
  errors: string[];
  /** What the fault was to lead to, and did not, in words; undefined where all is well. */
  missed: string | undefined;
  /** Until the fault had led to what it was to, in seconds. */
  seconds: number;
}

interface Fault {
  /** What is done. */
  inject(session: Session): Promise<void> | void;
  /** What comes of it in the end, asked again and again. */
  until?(session: Session): boolean | Promise<boolean>;
  /** Undoes what else would go on. */
  restore?(session: Session): Promise<void> | void;
  /**
   * Needs a background of its own that begins so: where engines are lost, as one that is lost too often in a minute is given
   * up.
   */
  options?: VirtualBackgroundOptions;
  /** What the fault is about exists only on this backend. */
  backend?: Backend;
}

const recovered: Fault['until'] = (session) => session.recovered > 0 && session.showsPerson();
const goesOn: Fault['until'] = (session) => session.showsPerson();
const fail = (failure: Failure) => (session: Session) => session.fail(failure);
const GREY = { kind: 'color', color: '#405060' } as const;

const faults: Record<string, Fault> = {
  'before the first mask': { inject: () => {}, until: goesOn, options: {} },
  'an effect that is loading, after the camera was shown': {
    async inject(session) {
      session.readsTrack = false;
      await session.background.setEffect({ kind: 'none' });
      await session.seeMarker();
      const change = new AbortController();
      const loading = session.background.setEffect(
        { kind: 'video', source: silentTrack() },
        { signal: change.signal },
      );
      for (let frame = 0; frame < MIN_FRAMES; frame += 1) await session.processOne();
      change.abort();
      await loading.catch(() => {});
      await session.background.setEffect(GREY);
      for (let frame = 0; frame < 3; frame += 1) await session.processOne();
      session.readsTrack = true;
    },
    until: goesOn,
  },
  'an effect that does not load': {
    inject: async ({ background }) => {
      await background.setEffect({ kind: 'image', source: '/nothing.png' }).catch(() => {});
    },
    until: goesOn,
  },
  'another model': {
    inject: ({ background }) => background.setModel('selfie_segmentation'),
    until: goesOn,
    restore: ({ background }) => background.setModel('selfie_segmentation_landscape'),
  },
  'a model that is none': {
    inject: async ({ background }) => {
      await background.setModel(new ArrayBuffer(1000)).catch(() => {});
    },
    until: goesOn,
  },
  'a network that overflows': {
    inject: async ({ background }) => background.setModel(noNumbers(await model())),
    // An adapter may make zeros of what is no number: then nobody is seen, and that is no fault of the mask.
    until: (session) => !session.showsPerson(),
    restore: async ({ background }) => background.setModel(await model()),
  },
  'masks that say person everywhere': {
    inject: async ({ background }) => background.setModel(allPerson(await model())),
    until: (session) => session.errors.includes('mask'),
    restore: async ({ background }) => background.setModel(await model()),
  },
  'another size': { inject: (session) => session.resize(480, 270), until: goesOn },
  'the camera turned': { inject: (session) => session.resize(270, 480), until: goesOn },
  'turned back': { inject: (session) => session.resize(320, 180), until: goesOn },
  'another camera': { inject: (session) => session.swapCamera(), until: goesOn },
  'paused and resumed': {
    async inject({ background }) {
      await background.pause();
      await pause(1000);
      await background.resume();
    },
    until: goesOn,
  },
  'an exception of the queue': { inject: fail('throw-in-submit'), until: recovered, backend: 'webgpu' },
  'invalid work': { inject: fail('gpu-error'), until: goesOn, backend: 'webgpu' },
  'GPU memory used up': { inject: fail('out-of-memory'), until: goesOn, backend: 'webgpu' },
  'a trap of the module': { inject: fail('trap'), until: recovered, options: {} },
  'a lost device': { inject: fail('lose-device'), until: recovered, options: {} },
  'a lost device, and none for a while': {
    async inject(session) {
      await session.fail('refuse-device');
      await session.fail('lose-device');
      await pause(1500);
      await session.fail('allow-device');
    },
    until: recovered,
    backend: 'webgpu',
    options: {},
  },
  'pixels that never come': { inject: fail('hang'), until: recovered, options: {}, backend: 'webgpu' },
  'a worker that ends': {
    async inject(session) {
      session.endWorker();
      for (let frame = 0; frame < MIN_FRAMES; frame += 1) await session.processOne();
    },
    until: (session) => session.recovered > 0,
    restore: (session) => session.connect(),
    options: {},
  },
  'after the worker': { inject: () => {}, until: goesOn },
  'a device lost for good': {
    async inject(session) {
      await session.fail('refuse-device');
      await session.fail('lose-device');
    },
    until: (session) => session.recovered > 0 && session.showsPerson(),
    backend: 'webgpu',
    // The next backend takes over.
    options: { backend: 'auto' },
  },
  'a lost device, frozen': {
    inject: fail('lose-device'),
    until: recovered,
    options: { onFailure: 'freeze' satisfies OnFailure },
  },
  'destroyed in the middle': {
    async inject(session) {
      const frames = [session.processOne(), session.processOne()];
      await session.background.destroy();
      await Promise.all(frames);
      for (let frame = 0; frame < MIN_FRAMES; frame += 1) await session.processOne();
    },
    until: (session) => session.output.readyState === 'ended',
  },
};

/** A background at work, with all that comes out of it looked at. */
class Session {
  readonly background: VirtualBackground;
  output!: MediaStreamTrack;
  /** Whether what the track shows counts; not while the camera was asked for by name. */
  readsTrack = true;
  frames = 0;
  leaked = 0;
  composited = 0;
  recovered = 0;
  errors: string[] = [];
  #person = false;
  readonly #camera: Camera;
  #reading: Promise<void> = Promise.resolve();

  private constructor(background: VirtualBackground, camera: Camera) {
    this.background = background;
    this.#camera = camera;
    background.addEventListener('error', ({ detail }) => this.errors.push(detail.code));
    background.addEventListener('recovered', () => {
      this.recovered += 1;
      this.#person = false;
    });
  }

  static async open(options: VirtualBackgroundOptions): Promise<Session> {
    const camera = await Camera.open(320, 180);
    const background = await VirtualBackground.create({ effect: GREY, quality: 'high', ...options });
    const session = new Session(background, camera);
    await session.connect();
    return session;
  }

  /** Counts from here on. */
  begin(): void {
    this.frames = 0;
    this.leaked = 0;
    this.composited = 0;
    this.recovered = 0;
    this.errors = [];
    this.#person = false;
  }

  async connect(): Promise<void> {
    this.output = await this.background.process(this.#camera.track);
    this.#reading = this.#read(this.output);
  }

  showsPerson(): boolean {
    return this.#person;
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
    for (const worker of workers.splice(0)) worker.terminate();
  }

  resize(width: number, height: number): void {
    this.#camera.resize(width, height);
    this.#person = false;
  }

  async swapCamera(): Promise<void> {
    await this.background.process(this.#camera.swap());
    this.#person = false;
  }

  /** A frame by itself, as the Chime SDK hands it in. */
  async processOne(): Promise<void> {
    const { image, outcome } = await this.background.processFrame(await paintScene(320, 180));
    if (outcome !== 'raw') this.#look(image, image.width, image.height);
    else this.leaked += 1;
    image.close();
  }

  /** Makes sure that a frame of the camera, which was asked for by name, would be told from others. */
  async seeMarker(): Promise<void> {
    const { image, outcome } = await this.background.processFrame(await paintScene(320, 180));
    const seen = showsRoom(read(image, image.width, image.height));
    image.close();
    if (outcome !== 'raw' || !seen)
      throw new Error('the camera itself shows no marker: no leak would be seen');
  }

  async close(): Promise<void> {
    await this.background.destroy();
    this.output.stop();
    this.#camera.close();
    await this.#reading;
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
    this.frames += 1;
    if (showsRoom(pixels)) this.leaked += 1;
    this.#person = isPerson(pixels);
    if (this.#person) this.composited += 1;
  }
}

/** The scene with the marker behind the person, as a track. */
class Camera {
  readonly #canvas = document.createElement('canvas');
  readonly #context: CanvasRenderingContext2D;
  readonly #timer: Worker;
  #capture: CanvasCaptureMediaStreamTrack;

  private constructor(astronaut: ImageBitmap, width: number, height: number) {
    this.resize(width, height);
    const context = this.#canvas.getContext('2d', { alpha: false });
    if (!context) throw new Error('there is no 2D context for the camera');
    this.#context = context;
    this.#capture = this.#open();
    this.#timer = startTimer(1000 / FRAMES_PER_SECOND, () => {
      drawScene(this.#context, astronaut, performance.now() / 1000);
      this.#capture.requestFrame();
    });
  }

  static async open(width: number, height: number): Promise<Camera> {
    return new Camera(await loadAstronaut(), width, height);
  }

  get track(): MediaStreamTrack {
    return this.#capture;
  }

  resize(width: number, height: number): void {
    this.#canvas.width = width;
    this.#canvas.height = height;
  }

  /** Another track, while the one before goes on without frames. */
  swap(): MediaStreamTrack {
    this.#capture = this.#open();
    return this.#capture;
  }

  close(): void {
    this.#timer.terminate();
    this.#capture.stop();
  }

  #open(): CanvasCaptureMediaStreamTrack {
    const [track] = this.#canvas.captureStream(0).getVideoTracks();
    if (!track) throw new Error('the canvas gave no track');
    return track as CanvasCaptureMediaStreamTrack;
  }
}

declare class MediaStreamTrackProcessor {
  constructor(init: { track: MediaStreamTrack });
  readonly readable: ReadableStream<VideoFrame>;
}

/** Workers of the SDK's that were started. */
const workers: Worker[] = [];
const BrowserWorker = globalThis.Worker;
globalThis.Worker = class extends BrowserWorker {
  constructor(url: string | URL, options?: WorkerOptions) {
    const ours = options?.name === 'cyclorama';
    super(ours ? new URL('./faulty-worker.ts', import.meta.url) : url, options);
    if (ours) workers.push(this);
  }
};

let session: Session | undefined;

/** The names of the faults that a backend can meet, in the order in which they are to be injected. */
export function namesOfFaults(backend: Backend): string[] {
  return Object.entries(faults)
    .filter(([, fault]) => !fault.backend || fault.backend === backend)
    .map(([name]) => name);
}

/** Injects one fault and reads all frames until what it leads to. */
export async function injectFault(name: string, backend: Backend): Promise<FaultReport> {
  const fault = faults[name];
  if (!fault) throw new Error(`there is no fault "${name}"`);
  if (fault.options || !session) {
    await session?.close();
    session = await Session.open({ backend, ...fault.options });
  }
  const current = session;
  current.begin();
  const start = performance.now();
  await fault.inject(current);
  let missed: string | undefined = 'it did not go on as it should';
  while (performance.now() - start < PATIENCE) {
    await pause(100);
    const settled = !fault.until || (await fault.until(current));
    if (settled && (current.frames >= MIN_FRAMES || current.output.readyState === 'ended')) {
      missed = undefined;
      break;
    }
  }
  const seconds = (performance.now() - start) / 1000;
  await fault.restore?.(current);
  const { frames, leaked, composited, errors } = current;
  return { fault: name, frames, leaked, composited, errors: [...new Set(errors)], missed, seconds };
}

/** Gives all back. */
export async function endFaults(): Promise<void> {
  await session?.close();
  session = undefined;
}

let bytes: Promise<ArrayBuffer> | undefined;

function model(): Promise<ArrayBuffer> {
  bytes ??= fetch(modelUrl).then((response) => response.arrayBuffer());
  return bytes;
}

/** A track that never has a picture. */
function silentTrack(): MediaStreamTrack {
  const [track] = document.createElement('canvas').captureStream(0).getVideoTracks();
  if (!track) throw new Error('the canvas gave no track');
  return track;
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

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
