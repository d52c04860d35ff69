/** Checks Cyclorama with one backend, on the page or in a worker. All steps use the same background. */
import { type Backend, type Effect, VirtualBackground } from 'cyclorama';
import { yuvFrame } from '../shared/yuv-frame';
import { assess, describeResults, HEIGHT, PERSON_LEVELS, WIDTH } from './assess';
import { SceneCamera, Viewer } from './camera';
import { type CheckedEffect, effects } from './effects';
import { pause } from './limit';
import type { Group, Place, Status } from './report';
import { compare, contrast, type Difference, paintScene, pixelsOf } from './scene';
import type { Result, Step } from './steps';
import { TrackCheck, tracksUnavailable } from './track-check';

/** The number of frames that are compared after each change, including the first one. */
const FRAMES = 3;
/** The longest duration of `destroy()`, in milliseconds. */
const DESTROY_LIMIT = 1_000;
/** The most frames of a timing, and its longest duration in milliseconds. */
const TIMED_FRAMES = 30;
const TIMING_LIMIT = 5_000;

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
  readonly #tracks: TrackCheck;
  /** The current effect. */
  #current: Effect | undefined;
  /** The last message of an `error` event. */
  #problem = '';

  constructor(backend: Backend, place: Place, showImage: ShowImage) {
    this.#backend = backend;
    this.#place = place;
    this.#group = `${backend}-${place}`;
    this.#showImage = showImage;
    this.#tracks = new TrackCheck(place, (image) => showImage(this.#group, 'Track', image));
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
      step('track', 'processTrack()', 30_000, async (signal) => {
        await this.#set(effects.color.effect, signal);
        return this.#tracks.process(this.#ready, signal);
      }),
      step('camera', 'processTrack() of another camera, after the first one froze', 30_000, (signal) =>
        this.#tracks.change(this.#ready, signal),
      ),
      step('timing-360', 'Time per frame, 640 × 360', 40_000, (signal) => this.#time(640, 360, signal)),
      step('timing-720', 'Time per frame, 1280 × 720', 60_000, (signal) => this.#time(1280, 720, signal)),
      step('destroy', 'destroy()', 10_000, () => this.#destroy()),
    ];
  }

  /** Releases all resources. */
  release(): void {
    this.#tracks.release();
    this.#background?.destroy().catch(() => {});
    this.#background = undefined;
  }

  get #ready(): VirtualBackground {
    if (!this.#background) throw new Error('the background was not created');
    return this.#background;
  }

  /** Skips a step if `create()` did not succeed. A missing backend has one row. After a failure, every step has one. */
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
      this.#current = effects.color.effect;
    } catch (error) {
      // A missing browser feature is not a failure. Another step checks whether support() reported it.
      const isUnsupported = error instanceof Error && 'code' in error && error.code === 'unsupported';
      if (!isUnsupported) {
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

  async #effect({ title, effect, inspect }: CheckedEffect, signal: AbortSignal): Promise<Result> {
    await this.#set(effect, signal);
    const scene = await paintScene(WIDTH, HEIGHT);
    return this.#frames(() => scene, pixelsOf(scene, WIDTH, HEIGHT), inspect, title);
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
    const unavailable = tracksUnavailable();
    if (unavailable) return unavailable;
    const camera = new SceneCamera(await paintScene(WIDTH, HEIGHT));
    const viewer = new Viewer(camera.track);
    try {
      await viewer.next(signal);
      return await this.#frames(() => viewer.video, viewer.read(WIDTH, HEIGHT), undefined, '<video>');
    } finally {
      viewer.close();
      camera.stop();
    }
  }

  /** Processes frames of one scene and compares each result. Shows the first wrong result, or else the first one. */
  async #frames(
    next: () => HTMLCanvasElement | HTMLVideoElement | ImageBitmap | VideoFrame,
    scene: ImageData,
    inspect?: CheckedEffect['inspect'],
    title?: string,
  ): Promise<Result> {
    const results: Difference[] = [];
    for (let index = 0; index < FRAMES; index += 1) {
      const frame = next();
      const { image, outcome } = await this.#ready.processFrame(frame);
      if ('close' in frame && !(frame instanceof ImageBitmap)) frame.close();
      try {
        const pixels = pixelsOf(image, WIDTH, HEIGHT);
        const found = compare(pixels, scene);
        results.push(found);
        const problem =
          outcome === 'processed'
            ? (assess(found, PERSON_LEVELS) ?? (await inspect?.(image, pixels)))
            : `it is ${outcome}${this.#problem && `: ${this.#problem}`}`;
        if (title && (problem || index === 0)) this.#showImage(this.#group, title, image);
        if (problem) return { status: 'failed', detail: `frame ${index + 1}: ${problem}` };
      } finally {
        image.close();
      }
    }
    return { status: 'passed', detail: describeResults(results) };
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

  async #time(width: number, height: number, signal: AbortSignal): Promise<Result> {
    await this.#set({ kind: 'blur', strength: 'medium' }, signal);
    const scene = await paintScene(width, height);
    // The first frames at a size allocate its textures.
    for (let index = 0; index < 2; index += 1) (await this.#ready.processFrame(scene)).image.close();
    // Changing the effect resets the statistics.
    await this.#set({ kind: 'blur', strength: 'low' }, signal);
    const end = performance.now() + TIMING_LIMIT;
    for (let index = 0; index < TIMED_FRAMES && performance.now() < end; index += 1) {
      (await this.#ready.processFrame(scene)).image.close();
      signal.throwIfAborted();
    }
    // The timings of the last frames arrive when the GPU has finished.
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

  /** Sets an effect unless it is the current one. */
  async #set(effect: Effect, signal: AbortSignal): Promise<void> {
    if (this.#current === effect) return;
    await this.#ready.setEffect(effect, { signal });
    this.#current = effect;
  }
}
