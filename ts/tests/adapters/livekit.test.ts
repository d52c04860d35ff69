import type { LocalTrack } from 'livekit-client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CycloramaTrackProcessor } from '../../src/adapters/livekit.js';
import { VirtualBackground } from '../../src/page/virtual-background.js';
import type { Effect } from '../../src/shared/effect.js';
import { CycloramaError } from '../../src/shared/errors.js';
import { type FakeBackground, FakeOutputTrack, stubBackgrounds } from '../fakes/virtual-background.js';

const BLUR: Effect = { kind: 'blur', strength: 'high' };
const NONE: Effect = { kind: 'none' };
const IMAGE: Effect = { kind: 'image', source: '/beach.jpg' };
const track = new FakeOutputTrack() as unknown as MediaStreamTrack;

let made: FakeBackground[];

beforeEach(() => {
  made = stubBackgrounds();
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

test('the getters report the options before `init`, and the current state after it', async () => {
  const processor = new CycloramaTrackProcessor({ effect: BLUR });
  const state = () => [processor.effect, processor.quality, processor.backend, processor.destroyed];
  expect(state()).toEqual([BLUR, 'auto', undefined, false]);
  expect(processor.model).toBe('selfie_segmentation_landscape');
  expect(await processor.update({ effect: IMAGE, quality: 'low', model: 'selfie_segmentation' })).toBe(true);
  expect(state()).toEqual([IMAGE, 'low', undefined, false]);
  expect(processor.model).toBe('selfie_segmentation');
  await processor.init({ track });
  expect(state()).toEqual([IMAGE, 'low', 'webgl', false]);
  expect(made[0]?.options).toMatchObject({ effect: IMAGE, quality: 'low', model: 'selfie_segmentation' });
  await processor.background?.pause();
  expect(processor.paused).toBe(true);
  await processor[Symbol.asyncDispose]();
  expect([...state(), processor.paused]).toEqual([IMAGE, 'low', undefined, true, false]);
  await processor.init({ track });
  expect(processor.destroyed).toBe(false);
});

test('`init` restores changes that were made on the background itself', async () => {
  const processor = await CycloramaTrackProcessor.create({ effect: BLUR });
  await processor.background?.setEffect(IMAGE);
  await processor.background?.update({ quality: 'low', model: 'selfie_segmentation' });
  expect([processor.effect, processor.quality, processor.model]).toEqual([
    IMAGE,
    'low',
    'selfie_segmentation',
  ]);
  await processor.destroy();
  await processor.init({ track });
  expect(made[1]?.options).toMatchObject({ effect: IMAGE, quality: 'low', model: 'selfie_segmentation' });
});

test('the constructor copies its options', async () => {
  const [effect, model] = [
    { kind: 'image' as const, source: '/a.jpg', position: { x: 0 } },
    new ArrayBuffer(8),
  ];
  const processor = new CycloramaTrackProcessor({ effect, model });
  effect.position.x = 1;
  structuredClone(model, { transfer: [model] });
  await processor.init({ track });
  expect(made[0]?.effect).toMatchObject({ position: { x: 0 } });
  expect(made[0]?.options.model).toMatchObject({ byteLength: 8 });
});

test('the first of two changes of the effect during `init` resolves with false', async () => {
  const processor = new CycloramaTrackProcessor({ effect: BLUR });
  const setting = processor.init({ track });
  const changes = [processor.setEffect(IMAGE), processor.setEffect(NONE), processor.setQuality('low')];
  await setting;
  expect(await Promise.all(changes)).toEqual([false, true, true]);
  expect([processor.effect, processor.quality]).toEqual([NONE, 'low']);
});

test('a change that is aborted during `init` does not take effect', async () => {
  let create = () => {};
  vi.mocked(VirtualBackground.create).mockReturnValue(
    new Promise((_, reject) => (create = () => reject(new CycloramaError('asset', 'the file is missing')))),
  );
  const processor = new CycloramaTrackProcessor({ effect: BLUR });
  const setting = processor.init({ track });
  const abort = new AbortController();
  const change = processor.setEffect(IMAGE, { signal: abort.signal });
  abort.abort(new Error('no time'));
  await expect(change).rejects.toThrow('no time');
  create();
  await expect(setting).rejects.toMatchObject({ code: 'asset' });
  expect(processor.effect).toEqual(BLUR);
});

test('`init` keeps the camera hidden after an effect that followed `none` is rejected or fails', async () => {
  const processor = new CycloramaTrackProcessor({ effect: NONE });
  await expect(processor.setEffect({ kind: 'halo' } as never)).rejects.toMatchObject({ code: 'option' });
  await processor.init({ track });
  expect(made[0]?.covered).toBe(true);
  await processor.setEffect(NONE);
  expect(made[0]?.covered).toBe(false);
  await expect(processor.setEffect(undefined as never)).rejects.toMatchObject({ code: 'option' });
  expect(made[0]?.covered).toBe(true);
  await processor.setEffect(NONE);

  Object.assign(made[0] ?? {}, {
    load: () => Promise.reject(new CycloramaError('asset', 'the file is missing')),
  });
  await expect(processor.setEffect(IMAGE)).rejects.toMatchObject({ code: 'asset' });
  await processor.destroy();
  await processor.init({ track });
  expect([made[1]?.effect, made[1]?.covered]).toEqual([NONE, true]);
  await processor.setEffect(NONE);
  await processor.destroy();
  await processor.init({ track });
  expect(made[2]?.covered).toBe(false);
  // A failed change of another option does not hide the camera.
  await expect(processor.setQuality('best' as never)).rejects.toMatchObject({ code: 'option' });
  expect(made[2]?.covered).toBe(false);
});

test('only a failure of the last requested effect hides the camera', async () => {
  const processor = await CycloramaTrackProcessor.create({ effect: NONE });
  const reason = new Error('no time');
  await expect(processor.setEffect(IMAGE, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  expect(made[0]?.covered).toBe(true);
  await processor.setEffect(NONE);

  const abort = new AbortController();
  const image = processor.setEffect(IMAGE, { signal: abort.signal });
  const none = processor.setEffect(NONE);
  abort.abort(reason);
  await expect(image).rejects.toBe(reason);
  expect(await none).toBe(true);
  expect(made[0]?.covered).toBe(false);
  await processor.destroy();
  await processor.init({ track });
  expect(made[1]?.covered).toBe(false);

  // An effect that takes effect before a rejected one does not show the camera either.
  const bare = processor.setEffect(NONE);
  await expect(processor.setEffect(null as never)).rejects.toMatchObject({ code: 'option' });
  await bare;
  await processor.destroy();
  await processor.init({ track });
  expect(made[2]?.covered).toBe(true);
});

/** A fake LiveKit track. Elements may show it or the camera. */
function localTrack(processor: CycloramaTrackProcessor) {
  class Stream {
    constructor(readonly tracks: unknown[]) {}
    getTracks = () => this.tracks;
  }
  vi.stubGlobal('MediaStream', Stream);
  const calls: string[] = [];
  const show = (track: unknown) => ({ srcObject: new Stream([track]) });
  const local = {
    sid: 'TR_1' as string | undefined,
    isUpstreamPaused: false,
    attachedElements: [] as { srcObject: unknown }[],
    attach(element: { srcObject: unknown }) {
      element.srcObject = new Stream([processor.processedTrack]);
    },
    pauseUpstream: async () => void calls.push('pause'),
    resumeUpstream: async () => void calls.push('resume'),
  };
  return {
    local,
    calls,
    show,
    shown: () => local.attachedElements.map(({ srcObject }) => (srcObject as Stream).tracks[0]),
  };
}

test('LiveKit sends and shows the track that replaces an ended one', async () => {
  const processor = new CycloramaTrackProcessor({ effect: BLUR });
  const { local, calls, show, shown } = localTrack(processor);
  await processor.init({ track, localTrack: local as unknown as LocalTrack });
  local.attachedElements = [show(processor.processedTrack), show(track), show(processor.processedTrack)];
  const reported: unknown[] = [];
  processor.addEventListener('track', ({ detail }) => reported.push(detail.track, processor.processedTrack));
  const lose = () => {
    const next = new FakeOutputTrack();
    made[0]?.dispatchEvent(new CustomEvent('track', { detail: { track: next } }));
    return next;
  };
  const next = lose();
  expect(reported.map((track) => track === next)).toEqual([true, true]);
  await vi.waitFor(() => expect(calls).toEqual(['pause', 'resume']));
  expect(shown().map((track) => track === next)).toEqual([true, false, true]);

  // A track that the app paused stays paused, and a track that is not published is not sent.
  calls.length = 0;
  for (const state of [{ isUpstreamPaused: true }, { isUpstreamPaused: false, sid: undefined }]) {
    Object.assign(local, state);
    const next = lose();
    expect(processor.processedTrack).toBe(next);
  }
  expect(calls).toEqual([]);

  Object.assign(local, { sid: 'TR_1', resumeUpstream: () => Promise.reject(new Error('closed')) });
  const failed = new Promise<CycloramaError>((resolve) =>
    processor.addEventListener('error', ({ detail }) => resolve(detail)),
  );
  lose();
  expect((await failed).message).toContain('closed');
  const last = processor.processedTrack;
  await processor.destroy();
  lose();
  expect(processor.processedTrack).toBe(last);
});

test('without a LiveKit track, `processedTrack` returns the new track', async () => {
  const processor = new CycloramaTrackProcessor({ effect: BLUR });
  await processor.init({ track });
  const next = new FakeOutputTrack();
  made[0]?.dispatchEvent(new CustomEvent('track', { detail: { track: next } }));
  expect(processor.processedTrack).toBe(next);
});
