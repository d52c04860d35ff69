import type { Track, TrackProcessor } from 'livekit-client';
import { createElement, useState } from 'react';
import { renderToString } from 'react-dom/server';
import type { VideoProcessor } from 'twilio-video';
import { afterEach, expect, expectTypeOf, test, vi } from 'vitest';
import { CycloramaTrackProcessor } from '../../src/adapters/livekit.js';
import { useVirtualBackground } from '../../src/adapters/react.js';
import { BackgroundTransform } from '../../src/adapters/streams.js';
import { CycloramaVideoProcessor } from '../../src/adapters/twilio.js';
import { VirtualBackground } from '../../src/page/virtual-background.js';
import { isSameEffect } from '../../src/shared/effect.js';
import { stubBackgrounds } from '../fakes/virtual-background.js';

afterEach(() => {
  vi.restoreAllMocks();
});

// Both SDKs are optional. An app without them can still import everything else.
vi.mock('livekit-client', () => expect.unreachable('only the types of LiveKit may be imported'));
vi.mock('twilio-video', () => expect.unreachable('only the types of Twilio may be imported'));

test('the processors have the types that the SDKs expect', () => {
  expectTypeOf<CycloramaTrackProcessor>().toExtend<TrackProcessor<Track.Kind.Video>>();
  expectTypeOf<CycloramaVideoProcessor>().toExtend<VideoProcessor>();
  expectTypeOf<BackgroundTransform>().toExtend<ReadableWritablePair<VideoFrame, VideoFrame>>();
});

test('a server imports and renders what only a browser can run', async () => {
  const Preview = () => {
    const { status, track, background, error } = useVirtualBackground(undefined);
    return `${status} ${[track, background, error].filter(Boolean).length}`;
  };
  expect(renderToString(createElement(Preview))).toBe('loading 0');
  // On the page, `error` reports wrong options.
  const Wrong = () => useVirtualBackground(undefined, null as never).status;
  expect(renderToString(createElement(Wrong))).toBe('loading');
  expect(await CycloramaTrackProcessor.isSupported()).toBe(false);
  for (const make of [
    CycloramaTrackProcessor.create,
    CycloramaVideoProcessor.create,
    BackgroundTransform.create,
  ]) {
    await expect(make()).rejects.toMatchObject({ code: 'unsupported' });
  }
});

test('a component may create a new source in each render', () => {
  const Preview = () => {
    const source = new Blob(['an image']);
    const [isSecond, setSecond] = useState(false);
    if (!isSecond) setSecond(true);
    return useVirtualBackground(undefined, { effect: { kind: 'image', source } }).status;
  };
  expect(renderToString(createElement(Preview))).toBe('loading');
});

test('a LiveKit processor loads the last chosen options, before and during `init`', async () => {
  const create = vi.spyOn(VirtualBackground, 'create');
  const processor = new CycloramaTrackProcessor({ effect: { kind: 'none' } });
  const track = {} as MediaStreamTrack;
  const rejection = expect.objectContaining({ code: 'unsupported' });
  // A click handler does not await the change.
  const chosen = processor.setEffect({ kind: 'blur', strength: 'low' });
  await expect(processor.init({ track })).rejects.toEqual(rejection);
  expect(create.mock.lastCall).toMatchObject([{ effect: { strength: 'low' } }]);
  await chosen;

  // The first `init` fails while the change is pending, and the second one starts at once.
  const twice = processor.init({ track }).catch(() => processor.init({ track }));
  const meanwhile = [
    processor.setEffect({ kind: 'blur', strength: 'high' }),
    processor.setQuality('balanced'),
  ];
  await expect(twice).rejects.toEqual(rejection);
  await Promise.all(meanwhile);
  await expect(processor.init({ track })).rejects.toEqual(rejection);
  expect(create.mock.lastCall).toMatchObject([{ effect: { strength: 'high' }, quality: 'balanced' }]);
});

test('wrong options are rejected before anything is loaded', async () => {
  const wrong = { onFailure: 'show' } as never;
  expect(() => new CycloramaTrackProcessor(wrong)).toThrowError(expect.objectContaining({ code: 'option' }));
  const processor = new CycloramaTrackProcessor();
  await expect(processor.setEffect({ kind: 'halo' } as never)).rejects.toMatchObject({ code: 'option' });
  await processor.setEffect({ kind: 'none' });
  expect(processor.background).toBeUndefined();
  for (const frameRate of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '30']) {
    await expect(CycloramaVideoProcessor.create({ frameRate } as never)).rejects.toMatchObject({
      code: 'option',
      message: expect.stringContaining('frameRate'),
    });
  }
});

test('a Twilio processor changes its background, and its getters report the change', async () => {
  const [effect, none] = [{ kind: 'blur', strength: 'low' }, { kind: 'none' }] as const;
  const made = stubBackgrounds();
  const processor = await CycloramaVideoProcessor.create({ effect, quality: 'low' });
  expect(processor.background).toBe(made[0]);
  expect(await processor.update({ effect: none, quality: 'high', model: 'selfie_segmentation' })).toBe(true);
  const state = () => [processor.effect, processor.quality, processor.model, processor.backend];
  expect(state()).toEqual([none, 'high', 'selfie_segmentation', 'webgl']);
  expect(await Promise.all([processor.setEffect(effect), processor.setEffect(none)])).toEqual([false, true]);
  await expect(processor.update({ effect, quality: 'best' } as never)).rejects.toMatchObject({
    code: 'option',
  });
  expect([...state(), processor.paused]).toEqual([none, 'high', 'selfie_segmentation', 'webgl', false]);
  await processor[Symbol.asyncDispose]();
  expect(processor.destroyed).toBe(true);
});

test('`isSameEffect` compares effects by value, and Blobs by identity', () => {
  const source = new Blob(['an image']);
  const effect = { kind: 'image', source, position: { x: 0.5 } };
  expect(isSameEffect(effect, { ...effect, position: { x: 0.5 } })).toBe(true);
  expect(isSameEffect(effect, { ...effect, position: { x: 0.6 } })).toBe(false);
  expect(isSameEffect(effect, { ...effect, fit: 'cover' })).toBe(false);
  expect(isSameEffect(effect, { ...effect, source: new Blob(['an image']) })).toBe(false);
  const [a, b] = [new URL('https://a.example/'), new URL('https://b.example/')];
  expect(isSameEffect({ source: a }, { source: new URL(a) })).toBe(true);
  expect(isSameEffect({ source: a }, { source: b })).toBe(false);
});
