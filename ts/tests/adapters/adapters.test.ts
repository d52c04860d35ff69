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
import { standInForBackgrounds } from '../fakes/stand-in.js';

afterEach(() => {
  vi.restoreAllMocks();
});

// An app has one of them, and whoever has neither can still import everything else.
vi.mock('livekit-client', () => expect.unreachable('LiveKit is there for its types alone'));
vi.mock('twilio-video', () => expect.unreachable('Twilio is there for its types alone'));

test('the processors are what the SDKs take', () => {
  expectTypeOf<CycloramaTrackProcessor>().toExtend<TrackProcessor<Track.Kind.Video>>();
  expectTypeOf<CycloramaVideoProcessor>().toExtend<VideoProcessor>();
  expectTypeOf<BackgroundTransform>().toExtend<ReadableWritablePair<VideoFrame, VideoFrame>>();
});

test('a server can import and render what only a browser can run', async () => {
  const Preview = () => {
    const { status, track, background, error } = useVirtualBackground(undefined);
    return `${status} ${[track, background, error].filter(Boolean).length}`;
  };
  expect(renderToString(createElement(Preview))).toBe('loading 0');
  // What is wrong with options is told by `error` once there is a page.
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

test('a component may make its source anew for each render', () => {
  const Preview = () => {
    const source = new Blob(['a picture']);
    const [isSecond, setSecond] = useState(false);
    if (!isSecond) setSecond(true);
    return useVirtualBackground(undefined, { effect: { kind: 'image', source } }).status;
  };
  expect(renderToString(createElement(Preview))).toBe('loading');
});

test('a LiveKit processor loads what was chosen last, whenever that was', async () => {
  const create = vi.spyOn(VirtualBackground, 'create');
  const processor = new CycloramaTrackProcessor({ effect: { kind: 'none' } });
  const track = {} as MediaStreamTrack;
  const refusal = expect.objectContaining({ code: 'unsupported' });
  // Not waited for, as by whoever answers a click.
  const chosen = processor.setEffect({ kind: 'blur', strength: 'low' });
  await expect(processor.init({ track })).rejects.toEqual(refusal);
  expect(create.mock.lastCall).toMatchObject([{ effect: { strength: 'low' } }]);
  await chosen;

  // While a processor loads that cannot be had, and is set again at once.
  const twice = processor.init({ track }).catch(() => processor.init({ track }));
  const meanwhile = [
    processor.setEffect({ kind: 'blur', strength: 'high' }),
    processor.setQuality('balanced'),
  ];
  await expect(twice).rejects.toEqual(refusal);
  await Promise.all(meanwhile);
  await expect(processor.init({ track })).rejects.toEqual(refusal);
  expect(create.mock.lastCall).toMatchObject([{ effect: { strength: 'high' }, quality: 'balanced' }]);
});

test('options that cannot be are refused before anything is loaded', async () => {
  const wrong = { onFailure: 'show' } as never;
  expect(() => new CycloramaTrackProcessor(wrong)).toThrowError(expect.objectContaining({ code: 'option' }));
  const processor = new CycloramaTrackProcessor();
  await expect(processor.setEffect({ kind: 'glow' } as never)).rejects.toMatchObject({ code: 'option' });
  await processor.setEffect({ kind: 'none' });
  expect(processor.background).toBeUndefined();
  for (const frameRate of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '30']) {
    await expect(CycloramaVideoProcessor.create({ frameRate } as never)).rejects.toMatchObject({
      code: 'option',
      message: expect.stringContaining('frameRate'),
    });
  }
});

test('a Twilio processor changes its background, and tells what that shows', async () => {
  const [effect, none] = [{ kind: 'blur', strength: 'low' }, { kind: 'none' }] as const;
  const made = standInForBackgrounds();
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

test('an effect is the same when it is written anew, and another when anything in it is', () => {
  const source = new Blob(['a picture']);
  const effect = { kind: 'image', source, position: { x: 0.5 } };
  expect(isSameEffect(effect, { ...effect, position: { x: 0.5 } })).toBe(true);
  expect(isSameEffect(effect, { ...effect, position: { x: 0.6 } })).toBe(false);
  expect(isSameEffect(effect, { ...effect, fit: 'cover' })).toBe(false);
  expect(isSameEffect(effect, { ...effect, source: new Blob(['a picture']) })).toBe(false);
  const [a, b] = [new URL('https://a.example/'), new URL('https://b.example/')];
  expect(isSameEffect({ source: a }, { source: new URL(a) })).toBe(true);
  expect(isSameEffect({ source: a }, { source: b })).toBe(false);
});
