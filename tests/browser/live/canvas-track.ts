/** What happens to a track on a canvas, as plain data. Each browser's tests run the scenarios and compare the results. */
import { processOnCanvas } from '../../../ts/src/page/tracks/canvas-track.js';
import { createNumberedSource, makeNumbered, type NumberedSource, readNumber } from './numbered.js';

/** A maker that records its calls, on a source of numbered images. */
class Studio {
  readonly source: NumberedSource;
  readonly end = new AbortController();
  readonly output: MediaStreamTrack;
  /** The numbers of the frames that images were made from, and how far the source was ahead. */
  readonly made: { number: number; behind: number }[] = [];
  readonly timestamps: number[] = [];
  readonly events: string[] = [];
  drops = 0;
  /** The most frames that were processed concurrently. */
  atOnce = 0;
  /** How long making an image takes, in milliseconds. */
  duration = 0;
  /** The result instead of an image. */
  instead: 'nothing' | 'an error' | undefined;
  readonly #images: ImageBitmap[] = [];
  readonly #workers = watchWorkers();
  #atWork = 0;

  constructor(width?: number, height?: number) {
    this.source = createNumberedSource(width, height);
    const track = processOnCanvas(
      this.source.track,
      {
        make: (frame, { timestamp }) => this.#make(frame as ImageBitmap, timestamp),
        drop: () => (this.drops += 1),
      },
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
    this.#images.push(frame);
    this.timestamps.push(timestamp);
    try {
      const { image, number } = makeNumbered(frame as ImageBitmap);
      this.made.push({ number, behind: this.source.painted - 1 - number });
      this.#images.push(image);
      await pause(this.duration);
      if (this.instead === undefined) return image;
      image.close();
      if (this.instead === 'an error') throw new Error('the test requested this error');
      return undefined;
    } finally {
      this.#atWork -= 1;
    }
  }

  /** Closes everything and returns what was not released. */
  async close() {
    this.end.abort();
    this.source.close();
    await pause(this.duration + 100);
    const open = this.#images.filter(({ width }) => width > 0);
    return { imagesOpen: open.length, workersOpen: this.#workers.close() };
  }
}

/** Each image is shown as it was made. */
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

/** A maker that is slower than the source receives the newest frames. */
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

/** Before the first image nothing is visible, and a failed image leaves the last one. */
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

/** A source that does not change is processed once. */
async function standsStill() {
  const studio = new Studio();
  studio.source.step();
  await pause(2500);
  const made = studio.made.length;
  studio.source.step();
  await pause(800);
  return { made, madeAfter: studio.made.map(({ number }) => number), ...(await studio.close()) };
}

/** The output has the size of the images. */
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

/** A source that ends, by itself or by `stop()`, ends the output. Nothing else ends the source. */
async function ends() {
  const result: Record<string, unknown> = {};
  const endings: Record<string, (studio: Studio) => void> = {
    stopped: ({ source }) => source.track.stop(),
    takenAway: ({ source }) => {
      source.track.stop();
      source.track.dispatchEvent(new Event('ended'));
    },
    aborted: ({ end }) => end.abort(),
    outputStopped: ({ output }) => output.stop(),
  };
  for (const [name, end] of Object.entries(endings)) {
    const studio = new Studio();
    studio.source.run(20);
    for (let round = 0; round < 100 && studio.made.length === 0; round += 1) await pause(100);
    end(studio);
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

/** The output is muted while the source is muted. */
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

/** While the source is switched off, the output is black and nothing is made, also before the first image. */
async function switchedOff() {
  const studio = new Studio();
  const { source, output, made } = studio;
  const colors: string[] = [];
  const viewer = view(output);
  const inspect = async (isReady: () => boolean) => {
    for (let round = 0; round < 40 && !isReady(); round += 1) await pause(100);
    const context = new OffscreenCanvas(1, 1).getContext('2d');
    context?.drawImage(viewer.video, 0, 0, 1, 1);
    const [red = 0, green = 0, blue = 0] = context?.getImageData(0, 0, 1, 1).data ?? [];
    colors.push(Math.max(red, green, blue) < 8 ? 'black' : 'an image');
  };
  source.track.enabled = false;
  source.run(15);
  await pause(1000);
  await inspect(() => viewer.video.videoWidth > 0);
  const madeWhileOff = made.length;
  source.track.enabled = true;
  await inspect(() => made.length > 3);
  source.track.enabled = false;
  await pause(300);
  const before = made.length;
  await pause(1500);
  await inspect(() => true);
  const madeWhileOffAgain = made.length - before;
  source.track.enabled = true;
  const count = made.length;
  await inspect(() => made.length > count + 3);
  viewer.close();
  return { colors, madeWhileOff, madeWhileOffAgain, ...(await studio.close()) };
}

/** A transparent part of an image is transparent in the output, and shows no earlier image. */
async function transparent() {
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

/** An aborted signal starts nothing. */
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
  transparent,
  aborted,
};
export type Scenarios = typeof scenarios;

/** Reads the numbers that a track shows, about 60 times per second. */
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

/** Counts the workers that are started from now on and not terminated. */
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
