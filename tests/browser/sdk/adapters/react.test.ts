import { createElement, StrictMode } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type UsedBackground, useVirtualBackground } from '../../../../ts/src/adapters/react.js';
import { CycloramaError, type Effect } from '../../../../ts/src/index.js';
import { ErrorThrottle } from '../../../../ts/src/shared/error-throttle.js';
import { countWorkers, type FrameContent, openCamera, VideoObserver } from '../helpers/camera.js';

const BLUE = '#2040c0';
const GREEN = '#0a5c36';
const [BLUE_LEVELS, GREEN_LEVELS] = [
  [32, 64, 192],
  [10, 92, 54],
];
const TIMEOUT = { timeout: 60_000, interval: 100 };

let root: Root;
let workers: ReturnType<typeof countWorkers>;
let used: UsedBackground | undefined;
let cameras: MediaStreamTrack[] = [];
/** The status of each render, and its track's state. */
let rendered: [UsedBackground['status'], MediaStreamTrackState | undefined][] = [];
let observer: VideoObserver | undefined;

/** Passes new option objects on each render, as components do. */
function Preview({ camera, effect }: { camera: MediaStreamTrack | undefined; effect: Effect }) {
  // The backend that starts fastest on a software GPU.
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
  observer?.close();
  root.unmount();
  for (const camera of cameras) camera.stop();
  await vi.waitFor(() => expect(workers.alive).toBe(0), TIMEOUT);
  workers.close();
  used = undefined;
  cameras = [];
  rendered = [];
  observer = undefined;
  vi.restoreAllMocks();
});

test('a component follows its camera and its effect, however quickly they change, with one background', async () => {
  cameras = await Promise.all([openCamera(), openCamera(), openCamera()]);
  const [first, second, third] = cameras as [MediaStreamTrack, MediaStreamTrack, MediaStreamTrack];
  show(undefined, color(BLUE));
  await vi.waitFor(() => expect(used?.status).toBe('loading'), TIMEOUT);
  await reaches('waiting');
  const { background } = used ?? {};
  expect(workers.alive).toBe(1);

  show(first, color(GREEN));
  show(second, color(BLUE));
  show(first, color(GREEN));
  await reaches('ready');
  const video = document.createElement('video');
  video.srcObject = new MediaStream([used?.track as MediaStreamTrack]);
  observer = await new VideoObserver(video, GREEN_LEVELS).open();
  await sees('person before the color');
  const setEffect = vi.spyOn(background as NonNullable<typeof background>, 'setEffect');
  show(first, color(GREEN));
  show(second, color(GREEN));
  await reaches('ready');
  expect(setEffect, 'the same effect as a new object').not.toHaveBeenCalled();
  expect((video.srcObject as MediaStream).getTracks(), 'a call keeps its track').toEqual([used?.track]);

  // An effect that fails leaves the old one, and reports an error.
  show(second, { kind: 'image', source: '/no-such-file.jpg' });
  await vi.waitFor(() => expect(used?.error).toMatchObject({ code: 'asset' }), TIMEOUT);
  expect(used?.status).toBe('ready');
  await sees('person before the color');
  show(second, color(BLUE));
  await vi.waitFor(() => expect(used?.error).toBeUndefined(), TIMEOUT);
  await sees('person before the color', BLUE_LEVELS);
  expect([...observer.contents]).not.toContain('camera');

  // A camera that has ended is refused, and another one is accepted.
  third.stop();
  show(third, color(BLUE));
  await vi.waitFor(() => expect(used?.error).toMatchObject({ code: 'option' }), TIMEOUT);
  expect([used?.status, used?.track]).toEqual(['failed', undefined]);
  show(first, color(BLUE));
  await reaches('ready');
  show(undefined, color(BLUE));
  await reaches('waiting');
  expect([used?.error, used?.track]).toEqual([undefined, undefined]);
  show(first, color(BLUE));
  await reaches('ready');

  // A lost worker may end the track. The hook then provides another one, whether the loss is reported or throttled.
  vi.spyOn(ErrorThrottle.prototype, 'shouldReport').mockReturnValue(false);
  workers.all.at(-1)?.terminate();
  await reaches('loading');
  await reaches('ready');
  video.srcObject = new MediaStream([used?.track as MediaStreamTrack]);
  await sees('person before the color');
  expect(used?.background).toBe(background);
  expect(rendered.filter(([, track]) => track === 'ended')).toEqual([]);

  const { track } = used ?? {};
  root.unmount();
  await vi.waitFor(() => expect(track?.readyState).toBe('ended'), TIMEOUT);
  expect([first.readyState, second.readyState], 'cameras belong to the app').toEqual(['live', 'live']);
  await expect(background?.setEffect({ kind: 'none' })).rejects.toBeInstanceOf(CycloramaError);
});

test('an effect that does not load shows no camera, even after the effect none', async () => {
  cameras = [await openCamera()];
  const [camera] = cameras;
  show(camera, { kind: 'none' });
  await reaches('ready');
  const { track } = used ?? {};
  const video = document.createElement('video');
  video.srcObject = new MediaStream([track as MediaStreamTrack]);
  observer = await new VideoObserver(video, [32, 33, 36]).open();
  await sees('camera');

  show(camera, { kind: 'image', source: '/no-such-file.jpg' });
  await vi.waitFor(() => expect(used?.error).toMatchObject({ code: 'asset' }), TIMEOUT);
  await sees('nothing');
  expect([used?.status, used?.track, used?.background?.effect]).toEqual(['ready', track, { kind: 'none' }]);
  observer.contents.clear();
  show(camera, color(BLUE));
  await sees('person before the color', BLUE_LEVELS);
  expect([...observer.contents]).not.toContain('camera');
  expect(used?.error).toBeUndefined();
  expect(used?.background?.effect).toEqual(color(BLUE));

  // A camera that ends is reported like one that had ended before.
  camera?.stop();
  await reaches('failed');
  expect([used?.error, used?.track]).toMatchObject([{ code: 'option' }, undefined]);
});

test('a component that unmounts while it loads leaves no resource open', async () => {
  show(undefined, color(BLUE));
  await vi.waitFor(() => expect(workers.all).toHaveLength(1), TIMEOUT);
  expect(used?.status).toBe('loading');
  // `afterEach` checks the result.
  root.unmount();
});

test('a background that cannot start sets the status failed', async () => {
  show(undefined, { kind: 'sparkles' } as unknown as Effect);
  await reaches('failed');
  expect(used?.error).toMatchObject({ code: 'option' });
});

async function reaches(status: UsedBackground['status']): Promise<void> {
  await vi.waitFor(() => expect(used?.status).toBe(status), TIMEOUT);
}

/** Waits for a new frame, and then until the video shows something. */
async function sees(content: FrameContent, color?: readonly number[]): Promise<void> {
  if (color && observer) observer.color = color;
  await observer?.frame();
  await vi.waitFor(() => expect(observer?.inspect()).toBe(content), TIMEOUT);
}
