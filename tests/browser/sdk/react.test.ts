import { createElement, StrictMode } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type UsedBackground, useVirtualBackground } from '../../../ts/src/adapters/react.js';
import { CycloramaError, type Effect } from '../../../ts/src/index.js';
import { ErrorThrottle } from '../../../ts/src/shared/error-throttle.js';
import { countWorkers, Onlooker, openCamera, type Sight } from './camera.js';

const BLUE = '#2040c0';
const GREEN = '#0a5c36';
const [BLUE_LEVELS, GREEN_LEVELS] = [
  [32, 64, 192],
  [10, 92, 54],
];
const PATIENCE = { timeout: 60_000, interval: 100 };

let root: Root;
let workers: ReturnType<typeof countWorkers>;
let used: UsedBackground | undefined;
let cameras: MediaStreamTrack[] = [];
/** The status of each render, and what its track was then. */
let rendered: [UsedBackground['status'], MediaStreamTrackState | undefined][] = [];
let onlooker: Onlooker | undefined;

/** Writes its options anew each time, as components do. */
function Preview({ camera, effect }: { camera: MediaStreamTrack | undefined; effect: Effect }) {
  // The backend that is the quickest to be made where a processor stands for the GPU.
  used = useVirtualBackground(camera, { backend: 'webgl', effect: { ...effect } });
  rendered.push([used.status, used.track?.readyState]);
  return null;
}

function show(camera: MediaStreamTrack | undefined, effect: Effect): void {
  root.render(createElement(StrictMode, null, createElement(Preview, { camera, effect })));
}

function color(color: string): Effect {
  return { kind: 'color', color };
}

beforeEach(() => {
  workers = countWorkers();
  root = createRoot(document.createElement('div'));
});

afterEach(async () => {
  onlooker?.close();
  root.unmount();
  for (const camera of cameras) camera.stop();
  await vi.waitFor(() => expect(workers.alive).toBe(0), PATIENCE);
  workers.close();
  used = undefined;
  cameras = [];
  rendered = [];
  onlooker = undefined;
  vi.restoreAllMocks();
});

test('a component follows its camera and its effect, however quickly they change, with one background', async () => {
  cameras = await Promise.all([openCamera(), openCamera(), openCamera()]);
  const [first, second, third] = cameras as [MediaStreamTrack, MediaStreamTrack, MediaStreamTrack];
  show(undefined, color(BLUE));
  await vi.waitFor(() => expect(used?.status).toBe('loading'), PATIENCE);
  await reaches('waiting');
  const { background } = used ?? {};
  expect(workers.alive).toBe(1);

  show(first, color(GREEN));
  show(second, color(BLUE));
  show(first, color(GREEN));
  await reaches('ready');
  const video = document.createElement('video');
  video.srcObject = new MediaStream([used?.track as MediaStreamTrack]);
  onlooker = await new Onlooker(video, GREEN_LEVELS).open();
  await sees('person before the colour');
  const setEffect = vi.spyOn(background as NonNullable<typeof background>, 'setEffect');
  show(first, color(GREEN));
  show(second, color(GREEN));
  await reaches('ready');
  expect(setEffect, 'the same effect, written anew').not.toHaveBeenCalled();
  expect((video.srcObject as MediaStream).getTracks(), 'a call need not notice').toEqual([used?.track]);

  // What cannot be shown leaves the effect that was there, and says so.
  show(second, { kind: 'image', source: '/there-is-nothing.jpg' });
  await vi.waitFor(() => expect(used?.error).toMatchObject({ code: 'asset' }), PATIENCE);
  expect(used?.status).toBe('ready');
  await sees('person before the colour');
  show(second, color(BLUE));
  await vi.waitFor(() => expect(used?.error).toBeUndefined(), PATIENCE);
  await sees('person before the colour', BLUE_LEVELS);
  expect([...onlooker.sights]).not.toContain('camera');

  // A camera that has ended is refused, and another one is taken.
  third.stop();
  show(third, color(BLUE));
  await vi.waitFor(() => expect(used?.error).toMatchObject({ code: 'option' }), PATIENCE);
  expect([used?.status, used?.track]).toEqual(['failed', undefined]);
  show(first, color(BLUE));
  await reaches('ready');
  show(undefined, color(BLUE));
  await reaches('waiting');
  expect([used?.error, used?.track]).toEqual([undefined, undefined]);
  show(first, color(BLUE));
  await reaches('ready');

  // A worker that is lost may take the track along: there will be another one, whether the loss is told as news or not.
  vi.spyOn(ErrorThrottle.prototype, 'shouldReport').mockReturnValue(false);
  workers.all.at(-1)?.terminate();
  await reaches('loading');
  await reaches('ready');
  video.srcObject = new MediaStream([used?.track as MediaStreamTrack]);
  await sees('person before the colour');
  expect(used?.background).toBe(background);
  expect(rendered.filter(([, track]) => track === 'ended')).toEqual([]);

  const { track } = used ?? {};
  root.unmount();
  await vi.waitFor(() => expect(track?.readyState).toBe('ended'), PATIENCE);
  expect([first.readyState, second.readyState], 'cameras are the app’s').toEqual(['live', 'live']);
  await expect(background?.setEffect({ kind: 'none' })).rejects.toBeInstanceOf(CycloramaError);
});

test('an effect that does not load shows no camera, though the camera was shown before', async () => {
  cameras = [await openCamera()];
  const [camera] = cameras;
  show(camera, { kind: 'none' });
  await reaches('ready');
  const { track } = used ?? {};
  const video = document.createElement('video');
  video.srcObject = new MediaStream([track as MediaStreamTrack]);
  onlooker = await new Onlooker(video, [32, 33, 36]).open();
  await sees('camera');

  show(camera, { kind: 'image', source: '/there-is-nothing.jpg' });
  await vi.waitFor(() => expect(used?.error).toMatchObject({ code: 'asset' }), PATIENCE);
  await sees('nothing');
  expect([used?.status, used?.track, used?.background?.effect]).toEqual(['ready', track, { kind: 'none' }]);
  onlooker.sights.clear();
  show(camera, color(BLUE));
  await sees('person before the colour', BLUE_LEVELS);
  expect([...onlooker.sights]).not.toContain('camera');
  expect(used?.error).toBeUndefined();
  expect(used?.background?.effect).toEqual(color(BLUE));

  // A camera that ends is told, as one that had ended before.
  camera?.stop();
  await reaches('failed');
  expect([used?.error, used?.track]).toMatchObject([{ code: 'option' }, undefined]);
});

test('a component that goes while it loads leaves nothing', async () => {
  show(undefined, color(BLUE));
  await vi.waitFor(() => expect(workers.all).toHaveLength(1), PATIENCE);
  expect(used?.status).toBe('loading');
  // What `afterEach` asks for.
  root.unmount();
});

test('a background that cannot be made is told', async () => {
  show(undefined, { kind: 'glow' } as unknown as Effect);
  await reaches('failed');
  expect(used?.error).toMatchObject({ code: 'option' });
});

async function reaches(status: UsedBackground['status']): Promise<void> {
  await vi.waitFor(() => expect(used?.status).toBe(status), PATIENCE);
}

/** Waits for a new frame, and for a sight from then on. */
async function sees(sight: Sight, color?: readonly number[]): Promise<void> {
  if (color && onlooker) onlooker.color = color;
  await onlooker?.frame();
  await vi.waitFor(() => expect(onlooker?.look()).toBe(sight), PATIENCE);
}
