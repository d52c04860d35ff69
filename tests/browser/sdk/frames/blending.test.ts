import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Effect,
  type ImageEffect,
  type VideoEffect,
  VirtualBackground,
} from '../../../../ts/src/index.js';
import { describeOnAllBackends } from '../../matrix.js';
import { readPixels } from '../helpers/pixels.js';
import { BACKGROUND, cut, meanDifference, PERSON, paintScene } from '../helpers/scene.js';

describeOnAllBackends((backend) => {
  /** One for all tests, because making one takes seconds on a software adapter. */
  let background: VirtualBackground;

  beforeAll(async () => {
    background = await VirtualBackground.create({ backend, temporalSmoothing: false });
  });

  afterAll(async () => {
    await background.destroy();
  });

  test('the light of a background falls onto the edges of the person and nowhere else', async () => {
    const frame = await paintScene();
    for (const effect of [{ kind: 'color', color: '#fff' } as const, ...(await plain('#fff'))]) {
      const [without, some, all] = [
        await show({ ...effect, lightWrap: 0 }, frame),
        await show(effect, frame),
        await show({ ...effect, lightWrap: 1 }, frame),
      ];
      expect(meanLevel(some), effect.kind).toBeGreaterThan(meanLevel(without));
      expect(meanLevel(all), effect.kind).toBeGreaterThan(meanLevel(some));
      for (const region of PERSON)
        expect(meanDifference(cut(without, region), cut(all, region))).toBeLessThan(1);
      for (const region of BACKGROUND) expect(meanDifference(cut(without, region), cut(all, region))).toBe(0);
    }
  });

  test('a background is matched to the brightness of the room, by a factor of a half to two', async () => {
    const [dark, bright] = [await paintScene(640, 360, 0.1), await paintScene()];
    for (const [color, frame, level, matched] of [
      ['#fff', dark, 0xff, 0xff / 2],
      ['#222', bright, 0x22, 0x22 * 2],
    ] as const) {
      for (const effect of await plain(color)) {
        const [asItIs, asBright] = [
          await show(effect, frame),
          await show({ ...effect, matchBrightness: true }, frame),
        ];
        for (const region of BACKGROUND) {
          expect(meanLevel(cut(asItIs, region)), effect.kind).toBeCloseTo(level, -1);
          expect(meanLevel(cut(asBright, region)), effect.kind).toBeCloseTo(matched, -1);
        }
      }
    }
  });

  test('a wrong value is a typed error, and the effect stays', async () => {
    const frame = await paintScene();
    const source = '/beach.jpg';
    const before = await show({ kind: 'color', color: '#0f0' }, frame);
    for (const [effect, words] of [
      [{ kind: 'color', color: '#f00', lightWrap: -0.1 }, 'effect.lightWrap is -0.1'],
      [{ kind: 'image', source, lightWrap: 2 }, 'effect.lightWrap is 2'],
      [{ kind: 'image', source, matchBrightness: 'yes' }, 'effect.matchBrightness is "yes"'],
    ] as const) {
      await expect(background.setEffect(effect as Effect)).rejects.toMatchObject({
        name: 'CycloramaError',
        code: 'option',
        message: expect.stringContaining(words),
      });
    }
    expect(meanDifference(before, await process(frame))).toBe(0);
  });

  /** The output for a frame with an effect. */
  async function show(effect: Effect, frame: HTMLCanvasElement): Promise<ImageData> {
    await background.setEffect(effect);
    return process(frame);
  }

  async function process(frame: HTMLCanvasElement): Promise<ImageData> {
    const { outcome, image, width, height } = await background.processFrame(frame);
    expect(outcome).toBe('processed');
    const pixels = readPixels(image, width, height);
    image.close();
    return pixels;
  }
});

/** One color as an image and as a video. */
async function plain(color: string): Promise<[ImageEffect, VideoEffect]> {
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { alpha: false });
  const [track] = canvas.captureStream().getVideoTracks();
  if (!context || !track) throw new Error('the canvas gave no 2D context or no track');
  context.fillStyle = color;
  context.fillRect(0, 0, canvas.width, canvas.height);
  return [
    { kind: 'image', source: await createImageBitmap(canvas) },
    { kind: 'video', source: track },
  ];
}

/** The mean of all values except alpha, 0 to 255. */
function meanLevel(pixels: ImageData): number {
  return meanDifference(pixels, new ImageData(pixels.width, pixels.height));
}
