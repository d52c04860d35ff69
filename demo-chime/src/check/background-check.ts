/** What Cyclorama does with one backend in one place: every step uses the same background. */
import { type Backend, type Effect, VirtualBackground } from 'cyclorama';
import { SceneCamera, Viewer } from './camera';
import { type CheckedEffect, effects } from './effects';
import { pause } from './limit';
import type { Group, Place, Status } from './report';
import { compare, contrast, type Look, paintScene, pixelsOf, yuvFrame } from './scene';
import type { Result, Step } from './steps';

/** The size of checked frames. */
const [WIDTH, HEIGHT] = [640, 360];
/** Frames that are looked at after each change, the first one included. */
const FRAMES = 3;
/** How far a person may be from the camera's, in levels of 0 to 255. */
const PERSON_LEVELS = 3;
/** The same for tracks, whose frames the browser may convert on the way. */
const TRACK_PERSON_LEVELS = 8;
/** How much of the wall may show: a few pixels at the edge of the person. */
const WALL_FRACTION = 0.02;
/** How long frames of a track are counted, in milliseconds. */
const WATCHED = 3_000;
/** How soon another camera has to show, and `destroy()` has to end, in milliseconds. */
const SWITCH_LIMIT = 2_000;
const DESTROY_LIMIT = 1_000;
/** For how long a camera is frozen before another one takes its place, in milliseconds. */
const FROZEN = 2_000;
/** Frames that are timed, and for how long at most, in milliseconds. */
const TIMED_FRAMES = 30;
const TIMED = 5_000;

/** Shows an image that a step made. */
export type ShowImage = (group: Group, title: string, image: CanvasImageSource) => void;

export class BackgroundCheck {
  readonly steps: Step[];
  readonly #group: Group;
  readonly #backend: Backend;
  readonly #place: Place;
  readonly #showImage: ShowImage;
  #background: VirtualBackground | undefined;
  #created: Status = 'not-run';
  #cameras: SceneCamera[] = [];
  #output: MediaStreamTrack | undefined;
  /** The last message of an `error` event. */
  #problem = '';

  constructor(backend: Backend, place: Place, showImage: ShowImage) {
    this.#backend = backend;
    this.#place = place;
    this.#group = `${backend}-${place}`;
    this.#showImage = showImage;
    const step = (id: string, title: string, limit: number, run: Step['run']): Step => ({
      group: this.#group,
      id,
      title,
      limit,
      run: id === 'create' ? run : (signal) => this.#whenCreated(id, title, () => run(signal)),
    });
    this.steps = [
      step('create', 'create()', 120_000, (signal) => this.#create(signal)),
      ...Object.entries(effects).map(([id, effect]) =>
        step(id, effect.title, 60_000, (signal) => this.#effect(effect, signal)),
      ),
      step('source-bitmap', 'Frames from an ImageBitmap', 30_000, () => this.#bitmap()),
      step('source-frame', 'Frames from a VideoFrame (I420)', 30_000, () => this.#yuv()),
      step('source-video', 'Frames from a <video>', 30_000, (signal) => this.#video(signal)),
      step('pause', 'pause(): the next frame is one color', 30_000, (signal) => this.#pause(signal)),
      step('track', 'process() of a track', 30_000, (signal) => this.#track(signal)),
      step('camera', 'process() of another camera, after the first one froze', 30_000, (signal) =>
        this.#camera(signal),
      ),
      step('timing-360', 'Time per frame, 640 × 360', 40_000, (signal) => this.#time(640, 360, signal)),
      step('timing-720', 'Time per frame, 1280 × 720', 60_000, (signal) => this.#time(1280, 720, signal)),
      step('destroy', 'destroy()', 10_000, () => this.#destroy()),
    ];
  }

  /** Releases everything, whatever became of the steps. */
  release(): void {
    for (const camera of this.#cameras) camera.stop();
    this.#background?.destroy().catch(() => {});
    this.#background = undefined;
  }

  get #ready(): VirtualBackground {
    if (!this.#background) throw new Error('there is no background');
    return this.#background;
  }

  /** A missing backend has one row; after a failure every step has one. */
  async #whenCreated(id: string, title: string, run: () => ReturnType<Step['run']>) {
    if (this.#background) return run();
    if (this.#created === 'unavailable') return [];
    return [{ id, title, status: 'not-run', detail: 'create() did not succeed' } as const];
  }

  async #create(signal: AbortSignal): Promise<Result> {
    const from = performance.now();
    const options = {
      backend: this.#backend,
      worker: this.#place === 'worker',
      quality: 'high',
      signal,
    } as const;
    try {
      const background = await VirtualBackground.create({ ...options, effect: effects.color.effect });
      background.addEventListener('error', ({ detail }) => {
        this.#problem = detail.message;
      });
      this.#background = background;
    } catch (error) {
      // What the browser lacks is no failure of Cyclorama. Whether support() said so has its own step.
      const isLack = error instanceof Error && 'code' in error && error.code === 'unsupported';
      if (!isLack) {
        this.#created = 'failed';
        throw error;
      }
      this.#created = 'unavailable';
      return { status: 'unavailable', detail: error.message };
    }
    const milliseconds = Math.round(performance.now() - from);
    const { adapter, fallbackAdapter, precision } = await this.#ready.metrics();
    const kind = fallbackAdapter ? ' (emulated on the CPU)' : '';
    return {
      status: 'passed',
      detail: `${milliseconds} ms; ${adapter}${kind}, ${precision}`,
      figures: { milliseconds, adapter },
    };
  }

  async #effect({ title, effect, look }: CheckedEffect, signal: AbortSignal): Promise<Result> {
    await this.#set(effect, signal);
    const scene = await paintScene(WIDTH, HEIGHT);
    return this.#frames(() => scene, pixelsOf(scene, WIDTH, HEIGHT), look, title);
  }

  async #bitmap(): Promise<Result> {
    const scene = await paintScene(WIDTH, HEIGHT);
    const bitmap = await createImageBitmap(scene);
    try {
      return await this.#frames(() => bitmap, pixelsOf(bitmap, WIDTH, HEIGHT));
    } finally {
      bitmap.close();
    }
  }

  async #yuv(): Promise<Result> {
    if (typeof VideoFrame === 'undefined') return { status: 'unavailable', detail: 'no VideoFrame' };
    const frame = yuvFrame(pixelsOf(await paintScene(WIDTH, HEIGHT), WIDTH, HEIGHT));
    try {
      return await this.#frames(() => frame.clone(), pixelsOf(frame, WIDTH, HEIGHT), undefined, 'VideoFrame');
    } finally {
      frame.close();
    }
  }

  async #video(signal: AbortSignal): Promise<Result> {
    const lack = lackOfTracks();
    if (lack) return lack;
    const camera = this.#open(await paintScene(WIDTH, HEIGHT));
    const viewer = new Viewer();
    try {
      await viewer.show(camera.track);
      await viewer.next(signal);
      return await this.#frames(() => viewer.video, viewer.read(WIDTH, HEIGHT), undefined, '<video>');
    } finally {
      viewer.close();
      camera.stop();
    }
  }

  /** Hands in frames of one scene, and looks at each result. Shows the first one that is wrong, else the first. */
  async #frames(
    next: () => HTMLCanvasElement | HTMLVideoElement | ImageBitmap | VideoFrame,
    scene: ImageData,
    look?: CheckedEffect['look'],
    title?: string,
  ): Promise<Result> {
    const looks: Look[] = [];
    for (let index = 0; index < FRAMES; index += 1) {
      const frame = next();
      const { image, outcome } = await this.#ready.processFrame(frame);
      if ('close' in frame && !(frame instanceof ImageBitmap)) frame.close();
      try {
        const pixels = pixelsOf(image, WIDTH, HEIGHT);
        const found = compare(pixels, scene);
        looks.push(found);
        const problem =
          outcome === 'processed'
            ? (judge(found, PERSON_LEVELS) ?? (await look?.(image, pixels)))
            : `it is ${outcome}${this.#problem && `: ${this.#problem}`}`;
        if (title && (problem || index === 0)) this.#showImage(this.#group, title, image);
        if (problem) return { status: 'failed', detail: `frame ${index + 1}: ${problem}` };
      } finally {
        image.close();
      }
    }
    return { status: 'passed', detail: describeLooks(looks) };
  }

  async #pause(signal: AbortSignal): Promise<Result> {
    await this.#set(effects.color.effect, signal);
    const scene = await paintScene(WIDTH, HEIGHT);
    (await this.#ready.processFrame(scene)).image.close();
    await this.#ready.pause({ signal });
    try {
      const { image, outcome } = await this.#ready.processFrame(scene);
      const spread = contrast(pixelsOf(image, WIDTH, HEIGHT));
      this.#showImage(this.#group, 'Paused', image);
      image.close();
      if (outcome !== 'hidden') return { status: 'failed', detail: `the frame is ${outcome}` };
      if (spread > 2) {
        return {
          status: 'failed',
          detail: `the frame is not one color: its pixels differ by ${spread} levels`,
        };
      }
    } finally {
      await this.#ready.resume({ signal });
    }
    const resumed = await this.#frames(() => scene, pixelsOf(scene, WIDTH, HEIGHT));
    return resumed.status === 'passed'
      ? { status: 'passed', detail: 'and the person is back after resume()' }
      : { status: 'failed', detail: `after resume(): ${resumed.detail}` };
  }

  async #track(signal: AbortSignal): Promise<Result> {
    const lack = lackOfTracks();
    if (lack) return lack;
    await this.#set(effects.color.effect, signal);
    const canvas = await paintScene(WIDTH, HEIGHT);
    const scene = pixelsOf(canvas, WIDTH, HEIGHT);
    const output = await this.#ready.process(this.#open(canvas).track, { signal });
    this.#output = output;
    const viewer = new Viewer();
    try {
      await viewer.show(output);
      const looks: Look[] = [];
      let from = performance.now();
      let frames = -1;
      while (performance.now() - from < WATCHED) {
        await viewer.next(signal);
        frames += 1;
        const look = compare(viewer.read(WIDTH, HEIGHT), scene);
        looks.push(look);
        const problem = judge(look, TRACK_PERSON_LEVELS);
        if (frames === 0) from = performance.now();
        if (problem || frames === 0) this.#showImage(this.#group, 'Track', viewer.video);
        if (problem) return { status: 'failed', detail: `frame ${frames + 1}: ${problem}` };
      }
      const rate = Number(((frames * 1000) / (performance.now() - from)).toFixed(1));
      const way = wayOf(output);
      return {
        status: 'passed',
        detail: `${way}, ${rate} frames per second of 30; ${describeLooks(looks)}`,
        figures: { way, rate },
      };
    } finally {
      viewer.close();
    }
  }

  async #camera(signal: AbortSignal): Promise<Result> {
    const last = this.#cameras.at(-1);
    const output = this.#output;
    if (!output || !last) return { status: 'not-run', detail: 'there is no processed track' };
    const canvas = await paintScene(WIDTH, HEIGHT, 0.5);
    const scene = pixelsOf(canvas, WIDTH, HEIGHT);
    const viewer = new Viewer();
    try {
      await viewer.show(output);
      await viewer.next(signal);
      last.halt();
      // Frames of the first camera that are under way arrive meanwhile: nothing reads but what waits for more.
      await pause(FROZEN, signal);
      const from = performance.now();
      const again = await this.#ready.process(this.#open(canvas).track, { signal });
      if (again !== output) return { status: 'failed', detail: 'the track is another one' };
      for (;;) {
        await viewer.next(signal);
        const { person } = compare(viewer.read(WIDTH, HEIGHT), scene);
        if (person <= TRACK_PERSON_LEVELS) break;
      }
      const milliseconds = Math.round(performance.now() - from);
      const detail = `the same track; its frames after ${milliseconds} ms`;
      return {
        status: milliseconds <= SWITCH_LIMIT ? 'passed' : 'failed',
        detail,
        figures: { milliseconds },
      };
    } finally {
      viewer.close();
      // Frames of a track would be timed along with those of the next steps.
      output.stop();
      for (const camera of this.#cameras) camera.stop();
    }
  }

  async #time(width: number, height: number, signal: AbortSignal): Promise<Result> {
    await this.#set({ kind: 'blur', strength: 'medium' }, signal);
    const scene = await paintScene(width, height);
    // The first frames at a size make its textures.
    for (let index = 0; index < 2; index += 1) (await this.#ready.processFrame(scene)).image.close();
    // Another effect and back: figures start again with every change.
    await this.#set({ kind: 'blur', strength: 'low' }, signal);
    const end = performance.now() + TIMED;
    for (let index = 0; index < TIMED_FRAMES && performance.now() < end; index += 1) {
      (await this.#ready.processFrame(scene)).image.close();
      signal.throwIfAborted();
    }
    // The clock of the last frames stops when the GPU is done.
    await pause(300, signal);
    const { frame } = (await this.#ready.metrics()).ranges;
    if (!frame) return { status: 'unavailable', detail: 'no frame was measured' };
    const { p50, p95, count, clock } = frame;
    return {
      status: 'passed',
      detail: `median ${p50.toFixed(1)} ms, 95 % within ${p95.toFixed(1)} ms; ${count} frames, clock: ${clock}, one run`,
      figures: { median: p50, p95, count, clock },
    };
  }

  async #destroy(): Promise<Result> {
    const from = performance.now();
    await this.#ready.destroy();
    const milliseconds = Math.round(performance.now() - from);
    this.#background = undefined;
    return {
      status: milliseconds < DESTROY_LIMIT ? 'passed' : 'failed',
      detail: `${milliseconds} ms`,
      figures: { milliseconds },
    };
  }

  #open(scene: HTMLCanvasElement): SceneCamera {
    const camera = new SceneCamera(scene);
    this.#cameras.push(camera);
    return camera;
  }

  async #set(effect: Effect, signal: AbortSignal): Promise<void> {
    await this.#ready.setEffect(effect, { signal });
  }
}

/** Why a result is wrong; `undefined` where it is right. */
function judge({ person, wall }: Look, levels: number): string | undefined {
  if (person > levels) return `the person differs by ${person.toFixed()} levels from the camera's`;
  return wall > WALL_FRACTION ? `${(100 * wall).toFixed()} % of the wall shows` : undefined;
}

function describeLooks(looks: readonly Look[]): string {
  const most = (key: keyof Look) => Math.max(...looks.map((look) => look[key]));
  return `person within ${most('person').toFixed(1)} levels, ${(100 * most('wall')).toFixed(1)} % of the wall, ${looks.length} frames`;
}

function lackOfTracks(): Result | undefined {
  if (!('captureStream' in HTMLCanvasElement.prototype)) {
    return { status: 'unavailable', detail: 'no captureStream of a canvas: the check has no camera' };
  }
  if ('requestVideoFrameCallback' in HTMLVideoElement.prototype) return undefined;
  return { status: 'unavailable', detail: 'no requestVideoFrameCallback: the check sees no frames' };
}

/** How a processed track was made. */
function wayOf(track: MediaStreamTrack): string {
  if ('writable' in track) return 'streams of the page';
  return 'canvas' in track ? 'captured canvas' : 'streams in the worker';
}
