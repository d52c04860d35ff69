/** What happens to a track on a canvas, told in figures: run by the tests of each browser, which judge them. */
import { processOnCanvas } from '../../../ts/src/page/tracks/canvas-track.js';
import { createNumberedSource, makeNumbered, type NumberedSource, readNumber } from './numbered.js';

/** A maker that remembers, on a source of numbered pictures. */
class Studio {
  readonly source: NumberedSource;
  readonly end = new AbortController();
  readonly output: MediaStreamTrack;
  /** The numbers of the frames that pictures were made of, and how far the source was by then. */
  readonly made: { number: number; behind: number }[] = [];
  readonly timestamps: number[] = [];
  readonly events: string[] = [];
  drops = 0;
  /** The most frames that were in work at once. */
  atOnce = 0;
  /** How long a picture takes, in milliseconds. */
  duration = 0;
  /** What is made in place of a picture. */
  instead: 'nothing' | 'an error' | undefined;
  readonly #pictures: ImageBitmap[] = [];
  readonly #workers = watchWorkers();
  #atWork = 0;

  constructor(width?: number, height?: number) {
    this.source = createNumberedSource(width, height);
    const track = processOnCanvas(
      this.source.track,
      { make: (frame, { timestamp }) => this.#make(frame, timestamp), drop: () => (this.drops += 1) },
      this.end.signal,
    );
    this.output = track.output;
    for (const type of ['ended', 'mute', 'unmute']) {
      this.output.addEventListener(type, () => this.events.push(type));
    }
  }

  async #make(frame: ImageBitmap, timestamp: number): Promise<ImageBitmap | undefined> {
    this.#atWork += 1;
    this.atOnce = Math.max(this.atOnce, this.#atWork);
    this.#pictures.push(frame);
    this.timestamps.push(timestamp);
    try {
      const { image, number } = makeNumbered(frame);
      this.made.push({ number, behind: this.source.painted - 1 - number });
      this.#pictures.push(image);
      await pause(this.duration);
      if (this.instead === undefined) return image;
      image.close();
      if (this.instead === 'an error') throw new Error('as was asked for');
      return undefined;
    } finally {
      this.#atWork -= 1;
    }
  }

  /** Leaves everything, and tells what was not given back. */
  async close() {
    this.end.abort();
    this.source.close();
    await pause(this.duration + 100);
    const open = this.#pictures.filter(({ width }) => width > 0);
    return { picturesOpen: open.length, workersOpen: this.#workers.close() };
  }
}

/** Each picture is shown as it was made. */
async function shows() {
  const studio = new Studio();
  const viewer = view(studio.output);
  studio.source.run(15);
  await pause(3000);
  const numbers = studio.made.map(({ number }) => number);
  const { timestamps, source, drops, atOnce } = studio;
  const seen = viewer.close();
  return {
    painted: source.painted,
    made: numbers.length,
    inOrder: numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0)),
    timestampsRise: timestamps.every((time, index) => index === 0 || time > (timestamps[index - 1] ?? 0)),
    seen: new Set(seen.map(({ number }) => number)).size,
    raw: seen.filter(({ made }) => !made).length,
    drops,
    atOnce,
    ...(await studio.close()),
  };
}

/** A maker that is slower than the source gets the newest frames. */
async function dropsFrames() {
  const studio = new Studio();
  studio.duration = 200;
  studio.source.run(20);
  await pause(3000);
  const { made, drops, source, atOnce } = studio;
  const behind = Math.max(...made.map(({ behind }) => behind));
  return {
    painted: source.painted,
    made: made.length,
    drops,
    behind,
    atOnce,
    ...(await studio.close()),
  };
}

/** Before the first picture there is nothing to see, and a picture that fails leaves the last one. */
async function failures() {
  const studio = new Studio();
  const viewer = view(studio.output);
  studio.instead = 'nothing';
  studio.source.run(15);
  await pause(600);
  studio.instead = 'an error';
  await pause(600);
  const seenBefore = viewer.seen.length;
  const { drops } = studio;
  const asked = studio.made.length;
  studio.instead = undefined;
  await pause(600);
  const seen = viewer.close();
  return {
    asked,
    drops,
    seenBefore,
    seenAfter: seen.length,
    raw: seen.filter(({ made }) => !made).length,
    ...(await studio.close()),
  };
}

/** A source that stands still is made once. */
async function standsStill() {
  const studio = new Studio();
  studio.source.step();
  await pause(2500);
  const made = studio.made.length;
  studio.source.step();
  await pause(800);
  return { made, madeAfter: studio.made.map(({ number }) => number), ...(await studio.close()) };
}

/** The output has the size of the pictures. */
async function followsSize() {
  const studio = new Studio(320, 180);
  const viewer = view(studio.output);
  const sizes: string[] = [];
  for (const [width, height] of [
    [320, 180],
    [180, 320],
    [640, 360],
  ]) {
    for (let frame = 0; frame < 8; frame += 1) {
      studio.source.step(width, height);
      await pause(66);
    }
    sizes.push(`${viewer.video.videoWidth}x${viewer.video.videoHeight}`);
  }
  viewer.close();
  return { sizes, ...(await studio.close()) };
}

/** A source that ends, by itself or because it was stopped, takes the output with it; nothing else ends the source. */
async function ends() {
  const result: Record<string, unknown> = {};
  const ways: Record<string, (studio: Studio) => void> = {
    stopped: ({ source }) => source.track.stop(),
    takenAway: ({ source }) => {
      source.track.stop();
      source.track.dispatchEvent(new Event('ended'));
    },
    aborted: ({ end }) => end.abort(),
    outputStopped: ({ output }) => output.stop(),
  };
  for (const [name, way] of Object.entries(ways)) {
    const studio = new Studio();
    studio.source.run(20);
    for (let round = 0; round < 100 && studio.made.length === 0; round += 1) await pause(100);
    way(studio);
    await pause(600);
    const { made, output, source, events } = studio;
    const before = made.length;
    await pause(300);
    result[name] = {
      output: output.readyState,
      source: source.track.readyState,
      events: events.join(),
      madeBefore: before > 0,
      madeAfter: made.length - before,
      ...(await studio.close()),
    };
  }
  return result;
}

/** The output is muted while the source is. */
async function follows() {
  const studio = new Studio();
  const { output, source, events } = studio;
  const states = [output.muted];
  for (const muted of [true, false]) {
    Object.defineProperty(source.track, 'muted', { value: muted, configurable: true });
    source.track.dispatchEvent(new Event(muted ? 'mute' : 'unmute'));
    states.push(output.muted);
  }
  return { states, events, ...(await studio.close()) };
}

/** While the source is switched off nothing is made and black is shown, also before the first picture. */
async function switchedOff() {
  const studio = new Studio();
  const { source, output, made } = studio;
  const colours: string[] = [];
  const viewer = view(output);
  const look = async (isReady: () => boolean) => {
    for (let round = 0; round < 40 && !isReady(); round += 1) await pause(100);
    const context = new OffscreenCanvas(1, 1).getContext('2d');
    context?.drawImage(viewer.video, 0, 0, 1, 1);
    const [red = 0, green = 0, blue = 0] = context?.getImageData(0, 0, 1, 1).data ?? [];
    colours.push(Math.max(red, green, blue) < 8 ? 'black' : 'a picture');
  };
  source.track.enabled = false;
  source.run(15);
  await pause(1000);
  await look(() => viewer.video.videoWidth > 0);
  const madeWhileOff = made.length;
  source.track.enabled = true;
  await look(() => made.length > 3);
  source.track.enabled = false;
  await pause(300);
  const before = made.length;
  await pause(1500);
  await look(() => true);
  const madeWhileOffAgain = made.length - before;
  source.track.enabled = true;
  const count = made.length;
  await look(() => made.length > count + 3);
  viewer.close();
  return { colours, madeWhileOff, madeWhileOffAgain, ...(await studio.close()) };
}

/** What is see-through in a picture is so in the output, and shows no earlier picture. */
async function seeThrough() {
  const source = createNumberedSource();
  const end = new AbortController();
  const make = async ({ width, height }: ImageBitmap) => {
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d');
    if (context) context.fillStyle = 'rgb(255 0 0 / 0.5)';
    context?.fillRect(0, 0, width / 2, height);
    return canvas.transferToImageBitmap();
  };
  const viewer = view(processOnCanvas(source.track, { make, drop() {} }, end.signal).output);
  source.run(15);
  for (let round = 0; round < 100 && viewer.video.videoWidth === 0; round += 1) await pause(100);
  await pause(200);
  const context = new OffscreenCanvas(4, 1).getContext('2d');
  context?.drawImage(viewer.video, 0, 0, 4, 1);
  const { data } = context?.getImageData(0, 0, 4, 1) ?? {};
  viewer.close();
  end.abort();
  source.close();
  return { left: data?.[3], right: data?.[15] };
}

/** What has been given up before is not begun. */
async function aborted() {
  const source = createNumberedSource();
  const workers = watchWorkers();
  let reason: unknown;
  try {
    processOnCanvas(source.track, { make: async () => undefined, drop() {} }, AbortSignal.abort('enough'));
  } catch (cause) {
    reason = cause;
  }
  source.close();
  return { reason, workersOpen: workers.close() };
}

export const scenarios = {
  shows,
  dropsFrames,
  failures,
  standsStill,
  followsSize,
  ends,
  follows,
  switchedOff,
  seeThrough,
  aborted,
};
export type Scenarios = typeof scenarios;

/** Reads the numbers that a track shows, about 60 times a second. */
export function view(track: MediaStreamTrack) {
  const video = document.createElement('video');
  video.muted = true;
  video.srcObject = new MediaStream([track]);
  void video.play().catch(() => {});
  const seen: { number: number; made: boolean }[] = [];
  const timer = setInterval(() => {
    if (video.videoWidth > 0 && video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA)
      seen.push(readNumber(video));
  }, 16);
  const close = () => {
    clearInterval(timer);
    video.srcObject = null;
    return seen;
  };
  return { video, seen, close };
}

/** Counts the workers that are started from here on and not terminated. */
function watchWorkers() {
  const BrowserWorker = globalThis.Worker;
  let open = 0;
  globalThis.Worker = class extends BrowserWorker {
    constructor(...args: ConstructorParameters<typeof Worker>) {
      super(...args);
      open += 1;
    }
    override terminate() {
      super.terminate();
      open -= 1;
    }
  };
  return {
    close() {
      globalThis.Worker = BrowserWorker;
      return open;
    },
  };
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
