/** What a user sees of a processed track, from its first frame on. */
import type { VirtualBackground } from 'cyclorama';
import { SceneCamera, Viewer } from './camera';
import { describeLooks, HEIGHT, judge, TRACK_PERSON_LEVELS, WIDTH } from './judge';
import { pause } from './limit';
import { workerHasStreams } from './probes';
import type { Place } from './report';
import { compare, type Look, paintScene, pixelsOf } from './scene';
import type { Result } from './steps';

/** How long frames of a track are counted, in milliseconds. */
const WATCHED = 3_000;
/** For how long a camera is frozen before another one takes its place, in milliseconds. */
const FROZEN = 2_000;
/** How soon another camera has to show, in milliseconds. */
const SWITCH_LIMIT = 2_000;

export class TrackCheck {
  readonly #place: Place;
  readonly #showImage: (image: CanvasImageSource) => void;
  #camera: SceneCamera | undefined;
  #output: MediaStreamTrack | undefined;

  /**
   * @param place where frames are made.
   * @param showImage shows an image of the track.
   */
  constructor(place: Place, showImage: (image: CanvasImageSource) => void) {
    this.#place = place;
    this.#showImage = showImage;
  }

  /** Processes a track and looks at every frame that comes out for some seconds. */
  async process(background: VirtualBackground, signal: AbortSignal): Promise<Result> {
    const lack = lackOfTracks();
    if (lack) return lack;
    const canvas = await paintScene(WIDTH, HEIGHT);
    const scene = pixelsOf(canvas, WIDTH, HEIGHT);
    this.#camera = new SceneCamera(canvas);
    const output = await background.processTrack(this.#camera.track, { signal });
    this.#output = output;
    const viewer = new Viewer(output);
    try {
      const looks: Look[] = [];
      let from = performance.now();
      while (looks.length === 0 || performance.now() - from < WATCHED) {
        await viewer.next(signal);
        const look = compare(viewer.read(WIDTH, HEIGHT), scene);
        if (looks.length === 0) from = performance.now();
        looks.push(look);
        const problem = judge(look, TRACK_PERSON_LEVELS);
        if (problem || looks.length === 1) this.#showImage(viewer.video);
        if (problem) return { status: 'failed', detail: `frame ${looks.length}: ${problem}` };
      }
      const rate = Number((((looks.length - 1) * 1000) / (performance.now() - from)).toFixed(1));
      const way = await this.#wayOf(output, signal);
      return {
        status: 'passed',
        detail: `${way}, ${rate} frames per second of 30; ${describeLooks(looks)}`,
        figures: { way, rate },
      };
    } finally {
      viewer.close();
    }
  }

  /** Freezes the camera, and processes another one into the same track. */
  async change(background: VirtualBackground, signal: AbortSignal): Promise<Result> {
    const [output, first] = [this.#output, this.#camera];
    if (!output || !first) return { status: 'not-run', detail: 'there is no processed track' };
    const canvas = await paintScene(WIDTH, HEIGHT, 0.5);
    const scene = pixelsOf(canvas, WIDTH, HEIGHT);
    const viewer = new Viewer(output);
    try {
      await viewer.next(signal);
      first.halt();
      // Frames that are under way arrive meanwhile. After them, a reader of the first camera waits in vain.
      await pause(FROZEN, signal);
      const from = performance.now();
      this.#camera = new SceneCamera(canvas);
      const again = await background.processTrack(this.#camera.track, { signal });
      if (again !== output) return { status: 'failed', detail: 'the track is another one' };
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
      // Frames of a track would be timed along with those of the next steps.
      this.release();
    }
  }

  /** Ends track and camera. */
  release(): void {
    this.#output?.stop();
    this.#camera?.stop();
  }

  /** How a processed track was made. Only some browsers' tracks of a canvas can be told by their class. */
  async #wayOf(track: MediaStreamTrack, signal: AbortSignal): Promise<string> {
    if ('writable' in track) return 'streams of the page';
    if ('canvas' in track || this.#place === 'page') return 'captured canvas';
    return (await workerHasStreams(signal)) ? 'streams in the worker' : 'captured canvas';
  }
}

/** Why a track cannot be checked here; `undefined` where it can. */
export function lackOfTracks(): Result | undefined {
  if (!('captureStream' in HTMLCanvasElement.prototype)) {
    return { status: 'unavailable', detail: 'no captureStream of a canvas: the check has no camera' };
  }
  if ('requestVideoFrameCallback' in HTMLVideoElement.prototype) return undefined;
  return { status: 'unavailable', detail: 'no requestVideoFrameCallback: the check sees no frames' };
}
