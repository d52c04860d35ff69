/** Tracks, from the first frame through all changes of cameras to the end. */
import { type BackendChoice, type Effect, VirtualBackground } from 'cyclorama';
import { Camera, ended, isNear, pause } from './scenes.ts';
import { type TrackFrame, Watcher } from './watcher.ts';

const BLUE: Effect = { kind: 'color', color: '#2040c0' };
const GREEN: Effect = { kind: 'color', color: '#0a5c36' };
const [BLUE_LEVELS, GREEN_LEVELS, BLACK] = [
  [32, 64, 192],
  [10, 92, 54],
  [0, 0, 0],
];

/** How a track is made: from streams of frames, or from a captured canvas. */
export type TrackPath = 'streams' | 'canvas';

export interface TrackOptions {
  worker: boolean;
  backend: BackendChoice;
  path: TrackPath;
}

export interface TracksReport {
  path: TrackPath;
  /** Every frame, in order. */
  trackFrames: TrackFrame[];
  /** The frames since the first one before the new color. */
  afterEffect: TrackFrame[];
  /** The frames from the first black one after the camera was switched off until it was switched on. */
  muted: TrackFrame[];
  /** How many frames came before a color that was set after `pause()`. */
  paused: number;
  /** Whether `processTrack` resolved with the same track for another camera. */
  same: boolean;
  /** The frames from the first one of the second camera until the third camera. */
  ofSecond: TrackFrame[];
  /**
   * How long the first frame of another camera takes after one that halted, in milliseconds, from the call of `processTrack`.
   * `undefined` if no frame came within five seconds.
   */
  afterHalt: number | undefined;
  /** How long `destroy()` takes while the camera is halted, in milliseconds. */
  destroy: number;
  /** The track's state afterwards. */
  state: MediaStreamTrackState;
  errors: string[];
}

export async function tracks({ worker, backend, path: way }: TrackOptions): Promise<TracksReport> {
  if (way === 'canvas') removeStreams();
  const captured = countCaptures();
  const [a, b, c] = await Promise.all([Camera.open('a'), Camera.open('b'), Camera.open('c')]);
  const sources = captured();
  const background = await VirtualBackground.create({ worker, backend, effect: BLUE, quality: 'high' });
  const errors: string[] = [];
  background.addEventListener('error', ({ detail }) => errors.push(`${detail.code}: ${detail.message}`));
  const track = await background.processTrack(a.track);
  const path = captured() > sources ? 'canvas' : 'streams';
  const watcher = await Watcher.of(track);
  const { trackFrames } = watcher;
  await watcher.person('a', BLUE_LEVELS);

  await background.setEffect(GREEN);
  const changed = trackFrames.indexOf(await watcher.person('a', GREEN_LEVELS));
  await watcher.person('a', GREEN_LEVELS);
  const afterEffect = trackFrames.slice(changed);

  a.track.enabled = false;
  const black = await watcher.next('black', ({ kind, back }) => kind === 'one color' && isNear(back, BLACK));
  await pause(500);
  const muted = trackFrames.slice(trackFrames.indexOf(black));
  a.track.enabled = true;
  await watcher.person('a', GREEN_LEVELS);

  await background.pause();
  const before = trackFrames.length;
  await background.setEffect(BLUE);
  await pause(600);
  // Frames in flight still have the previous color.
  const paused = trackFrames.slice(before).filter(({ back }) => isNear(back, BLUE_LEVELS)).length;
  await background.resume();
  await watcher.person('a', BLUE_LEVELS);

  const same = (await background.processTrack(b.track)) === track;
  const first = trackFrames.indexOf(await watcher.person('b', BLUE_LEVELS));
  await watcher.person('b', BLUE_LEVELS);
  const ofSecond = trackFrames.slice(first);

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
    path,
    trackFrames,
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
  path: TrackPath;
  /** Every frame, in order. */
  trackFrames: TrackFrame[];
  /** Whether the track fired `ended` after its camera had ended, and its state then. */
  endedFired: boolean;
  state: MediaStreamTrackState;
  /** Whether another camera got another track. */
  another: boolean;
  /** How long `destroy()` takes while frames flow, in milliseconds. */
  destroy: number;
  /** The state of that track afterwards. */
  stateAfterDestroy: MediaStreamTrackState;
}

export async function endings({ worker, backend, path: way }: TrackOptions): Promise<EndingsReport> {
  if (way === 'canvas') removeStreams();
  const captured = countCaptures();
  const [a, b] = await Promise.all([Camera.open('a'), Camera.open('b')]);
  const sources = captured();
  const background = await VirtualBackground.create({ worker, backend, effect: BLUE, quality: 'high' });
  const track = await background.processTrack(a.track);
  const path = captured() > sources ? 'canvas' : 'streams';
  let endedFired = false;
  track.addEventListener('ended', () => {
    endedFired = true;
  });
  const first = await Watcher.of(track);
  await first.person('a');
  a.stop();
  const end = performance.now() + 10_000;
  while (!endedFired && performance.now() < end) await pause(50);
  const state = track.readyState;
  first.close();

  const next = await background.processTrack(b.track);
  const second = await Watcher.of(next);
  await second.person('b');
  const destroy = await durationOf(background.destroy());
  second.close();
  b.stop();
  return {
    path,
    trackFrames: [...first.trackFrames, ...second.trackFrames],
    endedFired,
    state,
    another: next !== track,
    destroy,
    stateAfterDestroy: await ended(next),
  };
}

/** Simulates browsers that give pages no frames of a track. */
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

/** How long an operation takes, in milliseconds. */
async function durationOf(work: Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work;
  return performance.now() - start;
}
