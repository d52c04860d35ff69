import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { ChimeVideoFrameProcessor } from '../../../../ts/src/adapters/chime/index.js';
import { type MattingOptions, type OutputFrame, VirtualBackground } from '../../../../ts/src/index.js';
import { readPixels } from '../helpers/pixels.js';
import { BACKGROUND, countMarker, cut, meanDifference, PERSON, paintScene } from '../helpers/scene.js';

const EFFECT = { kind: 'color', color: '#2040c0' } as const;

/** One for all tests, because making one takes seconds on a software adapter. */
let background: VirtualBackground;

beforeAll(async () => {
  background = await VirtualBackground.create({ backend: 'webgpu', effect: EFFECT, worker: false });
});

beforeEach(() => {
  // With a fixed clock, each frame follows the previous one on any machine.
  vi.spyOn(performance, 'now').mockReturnValue(0);
});

afterEach(() => {
  vi.restoreAllMocks();
});

afterAll(async () => {
  await background.destroy();
});

test('each refinement draws a different edge around the same person', async () => {
  const canvas = await paintScene();
  const outputs: ImageData[] = [];
  for (const refinement of ['guided', 'bilateral', 'none'] as const) {
    await background.setMatting({ refinement, temporalSmoothing: false });
    outputs.push(pixels(await background.processFrame(canvas)));
  }
  const [guided, bilateral, none] = outputs as [ImageData, ImageData, ImageData];
  for (const [a, b] of [
    [guided, bilateral],
    [guided, none],
    [bilateral, none],
  ] as const) {
    expect(meanDifference(a, b)).toBeGreaterThan(0.3);
    for (const region of PERSON) expect(meanDifference(cut(a, region), cut(b, region))).toBeLessThan(1);
    for (const region of BACKGROUND) expect(meanDifference(cut(a, region), cut(b, region))).toBe(0);
  }
});

test('a change shows with the next frame, and no frame is hidden meanwhile', async () => {
  const canvas = await paintScene();
  await background.setMatting({ refinement: 'guided', temporalSmoothing: false });
  const guided = pixels(await background.processFrame(canvas));
  const first = background.processFrame(canvas);
  const second = background.processFrame(canvas);
  const third = background.processFrame(canvas);
  const before = pixels(await first);
  await background.setMatting({ refinement: 'none' });
  const [, after] = [pixels(await second), pixels(await third)];
  expect(meanDifference(before, guided)).toBe(0);
  expect(meanDifference(after, guided)).toBeGreaterThan(0.3);
  expect(meanDifference(after, pixels(await background.processFrame(canvas)))).toBe(0);
  expect((await background.metrics()).frames).toMatchObject({ hidden: 0, raw: 0, failed: 0 });
});

test('the previous frame counts only with temporal smoothing, and not after a cut', async () => {
  const dimmed = (light: number) => paintScene(640, 360, light);
  const [dimmer, dark, scene] = [await dimmed(0.9), await dimmed(0.2), await dimmed(1)];
  const after = async (frame: HTMLCanvasElement) => {
    (await background.processFrame(frame)).image.close();
    return pixels(await background.processFrame(scene));
  };
  await background.setMatting({ refinement: 'guided', temporalSmoothing: false });
  const alone = await after(dimmer);
  expect(meanDifference(alone, await after(scene))).toBe(0);
  await background.setMatting({ temporalSmoothing: true });
  expect(meanDifference(alone, await after(dark))).toBe(0);
  expect(meanDifference(alone, await after(dimmer))).toBeGreaterThan(0.01);
});

test('the Chime processor accepts the same options', async () => {
  const canvas = await paintScene();
  // An emulated GPU starts on the lowest quality level for cameras.
  const options = { backend: 'webgl', effect: EFFECT, quality: 'high' } as const;
  const background = await VirtualBackground.create(options);
  const expected = async (options: MattingOptions) => {
    await background.setMatting(options);
    return pixels(await background.processFrame(canvas));
  };
  const processor = await ChimeVideoFrameProcessor.create({
    ...options,
    refinement: 'none',
    temporalSmoothing: false,
  });
  const shown = async () => {
    const [result] = await processor.process([buffer(canvas)]);
    if (!result) throw new Error('no buffer came back');
    return readPixels(await result.asCanvasImageSource(), canvas.width, canvas.height);
  };
  try {
    expect(
      meanDifference(await shown(), await expected({ refinement: 'none', temporalSmoothing: false })),
    ).toBe(0);
    await processor.setMatting({ refinement: 'guided' });
    expect(
      meanDifference(await shown(), await expected({ refinement: 'guided', temporalSmoothing: false })),
    ).toBe(0);
  } finally {
    await Promise.all([processor.destroy(), background.destroy()]);
  }
});

test('a wrong value is a typed error and changes nothing', async () => {
  const canvas = await paintScene();
  await background.setMatting({ refinement: 'none', temporalSmoothing: false });
  const before = pixels(await background.processFrame(canvas));
  for (const [options, words] of [
    [{ refinement: 'sharp', temporalSmoothing: true }, 'refinement is "sharp"'],
    [{ refinement: 'guided', temporalSmoothing: 1 }, 'temporalSmoothing is 1'],
    ['guided', 'matting is "guided"'],
    [undefined, 'matting is undefined'],
  ] as const) {
    await expect(background.setMatting(options as MattingOptions)).rejects.toMatchObject({
      name: 'CycloramaError',
      code: 'option',
      message: expect.stringContaining(words),
    });
  }
  expect(meanDifference(before, pixels(await background.processFrame(canvas)))).toBe(0);
});

function buffer(canvas: HTMLCanvasElement) {
  return {
    framerate: 15,
    width: canvas.width,
    height: canvas.height,
    destroy() {},
    asCanvasElement: () => canvas,
    asCanvasImageSource: () => Promise.resolve<CanvasImageSource>(canvas),
  };
}

/** The output, which shows nothing of the room. */
function pixels({ outcome, image, width, height }: OutputFrame): ImageData {
  expect(outcome).toBe('processed');
  const result = readPixels(image, width, height);
  image.close();
  for (const region of BACKGROUND) expect(countMarker(cut(result, region))).toBe(0);
  return result;
}
