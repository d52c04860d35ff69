/** Tracks: from the first frame on, through all that happens to cameras, to the end. */
import { type Effect, VirtualBackground } from 'cyclorama';
import { Camera, ended, isNear, pause } from './scenes.ts';
import { type Glance, Watcher } from './watcher.ts';

const BLUE: Effect = { kind: 'color', color: '#2040c0' };
const GREEN: Effect = { kind: 'color', color: '#0a5c36' };
const [BLUE_LEVELS, GREEN_LEVELS, BLACK] = [
  [32, 64, 192],
  [10, 92, 54],
  [0, 0, 0],
];

/** How a track is made: from streams of frames, or as a captured canvas. */
export type Way = 'streams' | 'canvas';

export interface TracksReport {
  way: Way;
  /** Every frame that was seen, in order. */
  glances: Glance[];
  /** The frames from the first one before the new color on. */
  afterEffect: Glance[];
  /** The frames between the first black one after the camera was switched off, and the moment at which it was switched on. */
  muted: Glance[];
  /** How many frames came before a color that was set after `pause()`. */
  paused: number;
  /** Whether `process` of another camera resolved with the same track. */
  same: boolean;
  /** The frames from the first one of the second camera on, while there was no third. */
  ofSecond: Glance[];
  /**
   * How long the first frame of another camera took after one that halted, in milliseconds; counted from the call of `process`.
   * `undefined` where none came in five seconds.
   */
  afterHalt: number | undefined;
  /** How long `destroy()` took while the camera had halted, in milliseconds. */
  destroy: number;
  /** The track's state afterwards. */
  state: MediaStreamTrackState;
  errors: string[];
}

export async function tracks(options: { worker: boolean; way?: Way }): Promise<TracksReport> {
  if (options.way === 'canvas') removeStreams();
  const captured = countCaptures();
  const [a, b, c] = await Promise.all([Camera.open('a'), Camera.open('b'), Camera.open('c')]);
  const sources = captured();
  const background = await VirtualBackground.create({ worker: options.worker, effect: BLUE });
  const errors: string[] = [];
  background.addEventListener('error', ({ detail }) => errors.push(`${detail.code}: ${detail.message}`));
  const track = await background.processTrack(a.track);
  const way = captured() > sources ? 'canvas' : 'streams';
  const watcher = await Watcher.of(track);
  const { glances } = watcher;
  await watcher.person('a', BLUE_LEVELS);

  await background.setEffect(GREEN);
  const changed = glances.indexOf(await watcher.person('a', GREEN_LEVELS));
  await watcher.person('a', GREEN_LEVELS);
  const afterEffect = glances.slice(changed);

  a.track.enabled = false;
  const black = await watcher.next('black', ({ kind, back }) => kind === 'one color' && isNear(back, BLACK));
  await pause(500);
  const muted = glances.slice(glances.indexOf(black));
  a.track.enabled = true;
  await watcher.person('a', GREEN_LEVELS);

  await background.pause();
  const before = glances.length;
  await background.setEffect(BLUE);
  await pause(600);
  // What was on its way has the color before.
  const paused = glances.slice(before).filter(({ back }) => isNear(back, BLUE_LEVELS)).length;
  await background.resume();
  await watcher.person('a', BLUE_LEVELS);

  const same = (await background.processTrack(b.track)) === track;
  const first = glances.indexOf(await watcher.person('b', BLUE_LEVELS));
  await watcher.person('b', BLUE_LEVELS);
  const ofSecond = glances.slice(first);

  b.halt();
  await pause(500);
  const start = performance.now();
  const processing = background.processTrack(c.track);
  const afterHalt = await watcher.person('c', BLUE_LEVELS, 5_000).then(
    ({ at }) => at - start,
    () => undefined,
  );
  if (afterHalt !== undefined) await processing;

  c.halt();
  await pause(500);
  const destroy = await durationOf(background.destroy());
  watcher.close();
  for (const camera of [a, b, c]) camera.stop();
  return {
    way,
    glances,
    afterEffect,
    muted,
    paused,
    same,
    ofSecond,
    afterHalt,
    destroy,
    state: await ended(track),
    errors,
  };
}

export interface EndingsReport {
  way: Way;
  /** Every frame that was seen, in order. */
  glances: Glance[];
  /** Whether the track told `ended` once its camera had ended, and its state then. */
  told: boolean;
  state: MediaStreamTrackState;
  /** Whether another camera got another track. */
  another: boolean;
  /** How long `destroy()` took while frames flowed, in milliseconds. */
  destroy: number;
  /** The state of that track afterwards. */
  stateAfterDestroy: MediaStreamTrackState;
}

export async function endings(options: { worker: boolean; way?: Way }): Promise<EndingsReport> {
  if (options.way === 'canvas') removeStreams();
  const captured = countCaptures();
  const [a, b] = await Promise.all([Camera.open('a'), Camera.open('b')]);
  const sources = captured();
  const background = await VirtualBackground.create({ worker: options.worker, effect: BLUE });
  const track = await background.processTrack(a.track);
  const way = captured() > sources ? 'canvas' : 'streams';
  let told = false;
  track.addEventListener('ended', () => {
    told = true;
  });
  const first = await Watcher.of(track);
  await first.person('a');
  a.stop();
  const end = performance.now() + 10_000;
  while (!told && performance.now() < end) await pause(50);
  const state = track.readyState;
  first.close();

  const next = await background.processTrack(b.track);
  const second = await Watcher.of(next);
  await second.person('b');
  const destroy = await durationOf(background.destroy());
  second.close();
  b.stop();
  return {
    way,
    glances: [...first.glances, ...second.glances],
    told,
    state,
    another: next !== track,
    destroy,
    stateAfterDestroy: await ended(next),
  };
}

/** As in browsers that give no frames of a track to a page. */
function removeStreams(): void {
  for (const name of ['MediaStreamTrackProcessor', 'MediaStreamTrackGenerator'])
    Reflect.deleteProperty(globalThis, name);
}

/** Counts from now on how often a canvas was captured. */
function countCaptures(): () => number {
  const { prototype } = HTMLCanvasElement;
  const { captureStream } = prototype;
  let count = 0;
  prototype.captureStream = function (this: HTMLCanvasElement, ...rate) {
    count += 1;
    return captureStream.apply(this, rate);
  };
  return () => count;
}

/** How long something takes, in milliseconds. */
async function durationOf(work: Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work;
  return performance.now() - start;
}
