/** Checks a processed track as a user sees it, from its first frame on. */
import type { VirtualBackground } from 'cyclorama';
import { assess, describeResults, HEIGHT, TRACK_PERSON_LEVELS, WIDTH } from './assess';
import { SceneCamera, Viewer } from './camera';
import { pause } from './limit';
import { workerHasStreams } from './probes';
import type { Place } from './report';
import { compare, type Difference, paintScene, pixelsOf } from './scene';
import type { Result } from './steps';

/** The time for which the frames of a track are counted, in milliseconds. */
const WATCHED = 3_000;
/** The time for which a camera is frozen before another one replaces it, in milliseconds. */
const FROZEN = 2_000;
/** The longest time until another camera is visible, in milliseconds. */
const SWITCH_LIMIT = 2_000;

export class TrackCheck {
  readonly #place: Place;
  readonly #showImage: (image: CanvasImageSource) => void;
  #camera: SceneCamera | undefined;
  #output: MediaStreamTrack | undefined;

  /**
   * @param place where frames are processed.
   * @param showImage shows an image of the track.
   */
  constructor(place: Place, showImage: (image: CanvasImageSource) => void) {
    this.#place = place;
    this.#showImage = showImage;
  }

  /** Processes a track and compares every output frame for some seconds. */
  async process(background: VirtualBackground, signal: AbortSignal): Promise<Result> {
    const unavailable = tracksUnavailable();
    if (unavailable) return unavailable;
    const canvas = await paintScene(WIDTH, HEIGHT);
    const scene = pixelsOf(canvas, WIDTH, HEIGHT);
    this.#camera = new SceneCamera(canvas);
    const output = await background.processTrack(this.#camera.track, { signal });
    this.#output = output;
    const viewer = new Viewer(output);
    try {
      const results: Difference[] = [];
      let from = performance.now();
      while (results.length === 0 || performance.now() - from < WATCHED) {
        await viewer.next(signal);
        const result = compare(viewer.read(WIDTH, HEIGHT), scene);
        if (results.length === 0) from = performance.now();
        results.push(result);
        const problem = assess(result, TRACK_PERSON_LEVELS);
        if (problem || results.length === 1) this.#showImage(viewer.video);
        if (problem) return { status: 'failed', detail: `frame ${results.length}: ${problem}` };
      }
      const rate = Number((((results.length - 1) * 1000) / (performance.now() - from)).toFixed(1));
      const way = await this.#methodOf(output, signal);
      return {
        status: 'passed',
        detail: `${way}, ${rate} frames per second of 30; ${describeResults(results)}`,
        figures: { way, rate },
      };
    } finally {
      viewer.close();
    }
  }

  /** Freezes the camera, and processes another one into the same track. */
  async change(background: VirtualBackground, signal: AbortSignal): Promise<Result> {
    const [output, first] = [this.#output, this.#camera];
    if (!output || !first) return { status: 'not-run', detail: 'no track was processed' };
    const canvas = await paintScene(WIDTH, HEIGHT, 0.5);
    const scene = pixelsOf(canvas, WIDTH, HEIGHT);
    const viewer = new Viewer(output);
    try {
      await viewer.next(signal);
      first.halt();
      // Frames in flight arrive meanwhile. After them, the first camera provides no more frames.
      await pause(FROZEN, signal);
      const from = performance.now();
      this.#camera = new SceneCamera(canvas);
      const again = await background.processTrack(this.#camera.track, { signal });
      if (again !== output) return { status: 'failed', detail: 'the output is a different track' };
      do await viewer.next(signal);
      while (compare(viewer.read(WIDTH, HEIGHT), scene).person > TRACK_PERSON_LEVELS);
      const milliseconds = Math.round(performance.now() - from);
      return {
        status: milliseconds <= SWITCH_LIMIT ? 'passed' : 'failed',
        detail: `the same track; its frames after ${milliseconds} ms`,
        figures: { milliseconds },
      };
    } finally {
      viewer.close();
      first.stop();
      // Frames of this track would affect the timings of the next steps.
      this.release();
    }
  }

  /** Ends track and camera. */
  release(): void {
    this.#output?.stop();
    this.#camera?.stop();
  }

  /** How a processed track was created. Only some browsers have a separate class for tracks of a canvas. */
  async #methodOf(track: MediaStreamTrack, signal: AbortSignal): Promise<string> {
    if ('writable' in track) return 'streams of the page';
    if ('canvas' in track || this.#place === 'page') return 'captured canvas';
    return (await workerHasStreams(signal)) ? 'streams in the worker' : 'captured canvas';
  }
}

/** Returns why tracks cannot be checked in this browser. `undefined` if they can. */
export function tracksUnavailable(): Result | undefined {
  if (!('captureStream' in HTMLCanvasElement.prototype)) {
    return {
      status: 'unavailable',
      detail: 'the browser lacks canvas.captureStream(), which the check uses as its camera',
    };
  }
  if ('requestVideoFrameCallback' in HTMLVideoElement.prototype) return undefined;
  return {
    status: 'unavailable',
    detail: 'the browser lacks requestVideoFrameCallback(), which the check uses to read frames',
  };
}
