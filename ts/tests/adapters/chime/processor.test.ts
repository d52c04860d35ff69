import type { EventController, VideoFrameBuffer } from 'amazon-chime-sdk-js';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  BackgroundBlurVideoFrameProcessor,
  ChimeVideoFrameProcessor,
  VideoFxProcessor,
} from '../../../src/adapters/chime/index.js';
import type { Effect } from '../../../src/shared/effect.js';
import { CycloramaError } from '../../../src/shared/errors.js';
import { blurConfig, silentLogger } from '../../fakes/chime.js';
import { type FakeBackground, stubBackgrounds, stubCanvases } from '../../fakes/virtual-background.js';

const BLUR: Effect = { kind: 'blur', strength: 'high' };
const NONE: Effect = { kind: 'none' };
const TRANSPARENT: Effect = { kind: 'transparent' };
const IMAGE: Effect = { kind: 'image', source: '/beach.jpg' };

let made: FakeBackground[];

beforeEach(() => {
  made = stubBackgrounds();
  stubCanvases();
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

async function open(effect: Effect, keepAlpha = false) {
  const processor = await ChimeVideoFrameProcessor.create({ effect, keepAlpha });
  const [background] = made;
  if (!background) throw new Error('no background was made');
  return { processor, background };
}

test('the getters of a processor report the current state', async () => {
  const { processor, background } = await open(BLUR);
  expect([processor.effect, processor.model, processor.quality, processor.backend]).toEqual([
    BLUR,
    background.model,
    'auto',
    'webgl',
  ]);
  expect(await processor.update({ effect: IMAGE, quality: 'low' })).toBe(true);
  expect([processor.effect, processor.quality]).toEqual([IMAGE, 'low']);
  expect(processor.paused).toBe(false);
  await processor.pause();
  expect(processor.paused).toBe(true);
  await processor[Symbol.asyncDispose]();
  expect([processor.destroyed, background.destroyed]).toEqual([true, true]);
});

test('a superseded change resolves with false, a failed one rejects, and neither changes the getters', async () => {
  const { processor, background } = await open(BLUR);
  let load = () => {};
  background.load = () => new Promise((resolve) => (load = resolve));
  const first = processor.setEffect(IMAGE);
  const second = processor.setEffect(NONE);
  expect(processor.effect).toEqual(BLUR);
  await vi.waitFor(() => load());
  expect(await Promise.all([first, second])).toEqual([false, true]);
  expect(processor.effect).toEqual(NONE);

  background.load = () => Promise.reject(new CycloramaError('asset', 'the file is missing'));
  await expect(processor.setEffect(IMAGE)).rejects.toMatchObject({ code: 'asset' });
  await expect(processor.setModel('selfie_segmentation')).rejects.toMatchObject({ code: 'asset' });
  expect([processor.effect, processor.model]).toEqual([NONE, background.model]);
  const reason = new Error('no time');
  await expect(processor.update({ effect: IMAGE }, { signal: AbortSignal.abort(reason) })).rejects.toBe(
    reason,
  );
});

test('`transparent` is black unless alpha is kept, and the getter reports `transparent`', async () => {
  const { processor, background } = await open(TRANSPARENT);
  const black = { kind: 'color', color: '#000000' };
  expect(background.effect).toMatchObject(black);
  expect(processor.effect).toEqual(TRANSPARENT);
  await processor.setEffect(BLUR);
  expect(processor.effect).toEqual(BLUR);
  await processor.setEffect(TRANSPARENT);
  expect(background.effect).toMatchObject(black);
  await processor.setEffect(BLUR);
  await processor.update({ effect: TRANSPARENT, quality: 'low' });
  expect([background.effect, background.quality]).toMatchObject([black, 'low']);
  expect(processor.effect).toEqual(TRANSPARENT);
  const keeping = await ChimeVideoFrameProcessor.create({ effect: TRANSPARENT, keepAlpha: true });
  await keeping.update({ effect: TRANSPARENT });
  expect(made[1]?.effects).toEqual([TRANSPARENT, TRANSPARENT]);
});

test('the SDK receives an event for each new effect and model, and for nothing else', async () => {
  const { processor, background } = await open(BLUR);
  const events: unknown[] = [];
  processor.setEventController({
    publishEvent: (name: string, attributes: { backgroundFilterEffectType: string }) =>
      events.push([name, attributes.backgroundFilterEffectType]),
  } as unknown as EventController);
  events.length = 0;
  await processor.setQuality('low');
  await processor.setMatting({ temporalSmoothing: false });
  await processor.update({ budget: 0.5 });
  expect(events).toEqual([]);
  const selected = 'backgroundFilterConfigSelected';
  await processor.setEffect(IMAGE);
  await processor.setModel('selfie_segmentation');
  await processor.update({ effect: NONE });
  expect(events.splice(0)).toEqual([
    [selected, 'image-replacement'],
    [selected, 'image-replacement'],
    [selected, 'none'],
  ]);
  const other = await ChimeVideoFrameProcessor.create();
  other.setEventController({
    publishEvent: (name: string) => events.push(name),
  } as unknown as EventController);
  await other.setQuality({ model: 'selfie_segmentation' });
  expect(events.splice(0)).toEqual(['backgroundFilterStarted', selected]);
  background.load = () => Promise.reject(new CycloramaError('asset', 'the file is missing'));
  await processor.setEffect(IMAGE).catch(() => {});
  expect(events).toEqual([]);
});

test('`create` releases all resources when no canvas is available', async () => {
  for (const document of [undefined, { createElement: () => ({ getContext: () => null }) }]) {
    vi.stubGlobal('document', document);
    await expect(ChimeVideoFrameProcessor.create()).rejects.toMatchObject({ code: 'unsupported' });
  }
  expect(made.map(({ destroyed }) => destroyed)).toEqual([true, true]);
});

test('missing and invalid frames return an empty buffer, so that the SDK does not stop', async () => {
  const { processor } = await open(BLUR);
  const nothing = [{ width: 0, height: 0 }];
  for (const buffers of [null, undefined, [], [null], [{}]]) {
    expect(await processor.process(buffers as unknown as VideoFrameBuffer[])).toMatchObject(nothing);
    const filter = await BackgroundBlurVideoFrameProcessor.create();
    expect(await filter.process(buffers as unknown as VideoFrameBuffer[])).toMatchObject(nothing);
  }
});

const FX_BLUR = blurConfig('high');

test('the same config restores its effect after a change on the processor', async () => {
  const fx = await VideoFxProcessor.create(silentLogger, FX_BLUR);
  await fx.processor.setEffect(NONE);
  expect(fx.getEffectConfig().backgroundBlur.isEnabled).toBe(false);
  await fx.setEffectConfig(FX_BLUR);
  expect(made[0]?.effect).toEqual(BLUR);
  expect(fx.getEffectConfig()).toEqual(FX_BLUR);

  // A pending effect must not count as the current one.
  const bare = fx.processor.setEffect(NONE);
  const blurred = fx.setEffectConfig(FX_BLUR);
  await Promise.all([bare, blurred]);
  expect(made[0]?.effect).toEqual(BLUR);
});

test.each<[Effect, object]>([
  [{ kind: 'blur', strength: 8 }, { backgroundBlur: { isEnabled: true, strength: 'low' } }],
  [{ kind: 'blur', strength: 90 }, { backgroundBlur: { isEnabled: true, strength: 'high' } }],
  [IMAGE, { backgroundReplacement: { isEnabled: true, backgroundImageURL: '/beach.jpg' } }],
  [
    { kind: 'color', color: '#00b140' },
    { backgroundReplacement: { isEnabled: true, defaultColor: '#00b140' } },
  ],
  [
    { kind: 'image', source: new Blob() },
    { backgroundReplacement: { isEnabled: true, backgroundImageURL: undefined, defaultColor: undefined } },
  ],
  [NONE, { backgroundBlur: { isEnabled: false }, backgroundReplacement: { isEnabled: false } }],
])(
  '`getEffectConfig` returns the nearest config of an effect that was set on the processor: %j',
  async (effect, config) => {
    const fx = await VideoFxProcessor.create(silentLogger, FX_BLUR);
    await fx.processor.setEffect(effect);
    expect(fx.getEffectConfig()).toMatchObject(config);
  },
);

test('after `none`, a rejected change of the SDK’s filters hides the camera', async () => {
  const fx = await VideoFxProcessor.create(silentLogger, FX_BLUR);
  const blur = await BackgroundBlurVideoFrameProcessor.create(undefined, { logger: silentLogger });
  for (const { processor } of [fx, blur]) await processor.setEffect(NONE);
  expect(made.map(({ covered }) => covered)).toEqual([false, false]);
  await expect(fx.setEffectConfig({} as never)).rejects.toMatchObject({ code: 'option' });
  expect(() => blur.setBlurStrength(Number.NaN)).toThrow(CycloramaError);
  expect(made.map(({ covered }) => covered)).toEqual([true, true]);
});
