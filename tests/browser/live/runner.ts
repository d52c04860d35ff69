import clipUrl from '../../../demo-chime/public/clip.webm?url';
import { type BackendChoice, VirtualBackground } from '../../../ts/src/index.js';
import { processOnCanvas } from '../../../ts/src/page/tracks/canvas-track.js';
import { BACKGROUND, countMarker, cut, drawScene, loadAstronaut } from '../sdk/helpers/scene.js';
import { openLoopback } from './loopback.js';
import { createNumberedSource, makeNumbered, readNumber, startTimer } from './numbered.js';

/** Time between two reads of the far side's frame, in milliseconds. */
const READ_INTERVAL = 20;
/** Time between two samples of its colors, in milliseconds. */
const SAMPLE_INTERVAL = 500;
/** Where the colors are sampled, in fractions of width and height. */
const SAMPLED = [
  [0.05, 0.05],
  [0.95, 0.05],
  [0.5, 0.5],
  [0.05, 0.95],
  [0.95, 0.95],
] as const;

/** A camera for the run. */
interface Source {
  track: MediaStreamTrack;
  /** How many frames it has shown. */
  count(): number;
  close(): void;
}

/** The operation under test: maps a track to a track, and counts the frames that it drops. */
type Mapping = (track: MediaStreamTrack, backend: BackendChoice) => Promise<Mapped>;

interface Mapped {
  output: MediaStreamTrack;
  /** The backend, if the mapping has one. */
  backend?: string;
  dropped(): Promise<number>;
  close(): Promise<void>;
}

export interface RunOptions {
  source: keyof typeof sources;
  mapping: keyof typeof mappings;
  /** The backend of the mapping `background`. Default: `auto`. */
  backend?: BackendChoice;
  /** How long frames are counted, from the first one at the far side on. */
  seconds: number;
  /** The frame rate of the source per second. Default: 30. */
  rate?: number;
}

/** The result of a run. */
export interface RunResult {
  /** Frames of the source. */
  framesIn: number;
  /** Frames that the far side decoded. */
  framesOut: number;
  /** Frames that the mapping reports as dropped. */
  dropped: number;
  /** The backend, if the mapping has one. */
  backend: string | undefined;
  /** Frames per second at the far side. */
  fps: number;
  /** Different frames at the far side, if the source numbers its frames. */
  distinct: number;
  /** Unprocessed frames of the source among them. */
  raw: number;
  /** Reads of the far side's frame, and how many show the room behind the person, if the source is the scene. */
  looks: number;
  leaked: number;
  /** Frames of the source per second. */
  rate: number;
  /** The size of the far side's frame, in pixels. */
  size: [width: number, height: number];
  /** How long the far side waited for its first frame, in milliseconds. */
  firstFrame: number;
  /** What the far side showed: red, green and blue at the corners and in the middle, twice a second. */
  samples: { time: number; hidden: boolean; colors: [number, number, number][] }[];
}

/** A small copy of the far side's frame. */
const samples = new OffscreenCanvas(80, 60);

const sources = { numbers: numberedSource, clip: clipSource, scene: sceneSource };

const mappings = {
  /** The unchanged track. */
  identity: async (track) => ({ output: track, dropped: async () => 0, close: async () => {} }),
  /** The canvas path alone, with images that cost nothing. */
  canvas: async (track) => {
    const end = new AbortController();
    let count = 0;
    const drop = () => {
      count += 1;
    };
    const { output } = processOnCanvas(
      track,
      { make: async (frame) => makeNumbered(frame as ImageBitmap).image, drop },
      end.signal,
    );
    return { output, dropped: async () => count, close: async () => end.abort() };
  },
  /** The SDK with a plain color as the background. */
  background: async (track, backend) => {
    const effect = { kind: 'color', color: '#2040c0' } as const;
    const background = await VirtualBackground.create({ backend, effect });
    return {
      output: await background.processTrack(track),
      backend: (await background.metrics()).backend,
      dropped: async () => (await background.metrics()).frames.dropped,
      close: () => background.destroy(),
    };
  },
} satisfies Record<string, Mapping>;

let seen = false;

/** Whether the far side shows a frame yet. */
export function started(): boolean {
  return seen;
}

/** Sends a mapped source through a call and inspects the far side. */
export async function run({
  source: from,
  mapping,
  backend = 'auto',
  seconds,
  rate = 30,
}: RunOptions): Promise<RunResult> {
  const source = await sources[from](rate);
  const mapped: Mapped = await mappings[mapping](source.track, backend);
  const call = await openLoopback(mapped.output);
  const screen = await FarScreen.open(call.track);
  seen = true;
  try {
    const start = performance.now();
    const [framesIn, framesOut, droppedBefore] = [
      source.count(),
      await call.decoded(),
      await mapped.dropped(),
    ];
    const { numbers, raw, looks, leaked, samples } = await screen.watch(seconds * 1000);
    const out = (await call.decoded()) - framesOut;
    return {
      framesIn: source.count() - framesIn,
      framesOut: out,
      dropped: (await mapped.dropped()) - droppedBefore,
      backend: mapped.backend,
      fps: round(out / ((performance.now() - start) / 1000)),
      distinct: numbers,
      raw,
      looks,
      leaked,
      rate,
      size: screen.size,
      firstFrame: round(screen.waited),
      samples,
    };
  } finally {
    screen.close();
    call.close();
    await mapped.close();
    mapped.output.stop();
    source.close();
  }
}

/** Shows what the far side receives, and reads it also while the tab is hidden. */
class FarScreen {
  readonly #video: HTMLVideoElement;
  /** How long the first frame took, in milliseconds. */
  readonly waited: number;

  private constructor(video: HTMLVideoElement, waited: number) {
    this.#video = video;
    this.waited = waited;
  }

  static async open(track: MediaStreamTrack): Promise<FarScreen> {
    const video = document.createElement('video');
    video.muted = true;
    video.srcObject = new MediaStream([track]);
    const start = performance.now();
    await video.play();
    await until(() => video.videoWidth > 0 && video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA);
    return new FarScreen(video, performance.now() - start);
  }

  get size(): [number, number] {
    return [this.#video.videoWidth, this.#video.videoHeight];
  }

  /** Inspects the frames of a period in milliseconds. */
  async watch(duration: number) {
    const start = performance.now();
    const numbers = new Set<number>();
    const samples: RunResult['samples'] = [];
    let [raw, looks, leaked] = [0, 0, 0];
    let sampled = Number.NEGATIVE_INFINITY;
    await until(() => {
      const time = performance.now() - start;
      const { number, made } = readNumber(this.#video);
      numbers.add(number);
      if (!made) raw += 1;
      looks += 1;
      if (showsRoom(this.#video)) leaked += 1;
      if (time - sampled >= SAMPLE_INTERVAL) {
        sampled = time;
        samples.push({ time: round(time), hidden: document.hidden, colors: colorsOf(this.#video) });
      }
      return time >= duration;
    });
    return { numbers: numbers.size, raw, looks, leaked, samples };
  }

  close(): void {
    this.#video.srcObject = null;
  }
}

async function numberedSource(rate: number): Promise<Source> {
  const source = createNumberedSource(640, 360);
  source.run(rate);
  return { track: source.track, close: source.close, count: () => source.painted };
}

/** The demo's clip in a loop. */
async function clipSource(rate: number): Promise<Source> {
  const video = document.createElement('video');
  Object.assign(video, { muted: true, loop: true, playsInline: true, src: clipUrl });
  await video.play();
  const source = drawnSource(video.videoWidth, video.videoHeight, rate, (context) => {
    context.drawImage(video, 0, 0);
  });
  return {
    ...source,
    close() {
      source.close();
      video.removeAttribute('src');
      video.load();
    },
  };
}

/** The scene of the tests, with the marker behind the person. */
async function sceneSource(rate: number): Promise<Source> {
  const person = await loadAstronaut();
  return drawnSource(640, 360, rate, (context) => drawScene(context, person, performance.now() / 1000));
}

/** What is drawn on a canvas, as a track. */
function drawnSource(
  width: number,
  height: number,
  rate: number,
  draw: (context: CanvasRenderingContext2D) => void,
): Source {
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const context = canvas.getContext('2d', { alpha: false, willReadFrequently: true });
  const stream = canvas.captureStream(0);
  const [track] = stream.getVideoTracks();
  if (!track || !context) throw new Error('the canvas gave no track');
  const capture = ('requestFrame' in track ? track : stream) as CanvasCaptureMediaStreamTrack;
  let count = 0;
  const timer = startTimer(1000 / rate, () => {
    draw(context);
    capture.requestFrame();
    count += 1;
  });
  return {
    track,
    count: () => count,
    close() {
      timer.terminate();
      track.stop();
    },
  };
}

const room = new OffscreenCanvas(320, 180);

/** Whether the far side shows the marker behind the person. A codec preserves most of its colors. */
function showsRoom(video: HTMLVideoElement): boolean {
  const context = room.getContext('2d', { alpha: false, willReadFrequently: true });
  if (!context) throw new Error('there is no 2D context');
  context.drawImage(video, 0, 0, room.width, room.height);
  const pixels = context.getImageData(0, 0, room.width, room.height);
  return BACKGROUND.some((region) => countMarker(cut(pixels, region)) > 0);
}

function colorsOf(video: HTMLVideoElement): [number, number, number][] {
  const { width, height } = samples;
  const context = samples.getContext('2d', { alpha: false, willReadFrequently: true });
  if (!context) throw new Error('there is no 2D context');
  context.imageSmoothingEnabled = false;
  context.drawImage(video, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  return SAMPLED.map(([x, y]) => {
    const first = (Math.floor(y * height) * width + Math.floor(x * width)) * 4;
    const [red = 0, green = 0, blue = 0] = data.subarray(first);
    return [red, green, blue];
  });
}

/** Polls every few milliseconds, also while the tab is hidden, until the condition is fulfilled. */
async function until(done: () => boolean): Promise<void> {
  let timer: Worker | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      timer = startTimer(READ_INTERVAL, () => {
        try {
          if (done()) resolve();
        } catch (cause) {
          reject(cause);
        }
      });
    });
  } finally {
    timer?.terminate();
  }
}

/** Rounds to tenths. */
function round(value: number): number {
  return Math.round(value * 10) / 10;
}
