/** Compares the engine's images with the golden images. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { commands } from 'vitest/browser';
import type { ModelName } from '../../../../ts/src/index.js';
import { loadEffect, release } from '../../../../ts/src/page/load-effect.js';
import { loadModel } from '../../../../ts/src/shared/assets.js';
import { checkEffect, type Effect } from '../../../../ts/src/shared/effect.js';
import type { Engine } from '../../../../ts/src/shared/engine-types.js';
import type { Size } from '../../../../ts/src/shared/frame.js';
import type { Backend } from '../../../../ts/src/shared/thread-support.js';
import { createEngine } from '../../../../ts/src/worker/engine.js';
import golden from '../../../golden/images/cases.json';
import { encodePng, readPixels } from '../helpers/pixels.js';
import { frameOf } from '../helpers/raw-frames.js';

/** A backend, the form of the frame (a bitmap in RGB, or a camera's planes with subsampled chroma), and the name of their bound. */
export type Way = readonly [backend: Backend, form: 'RGB' | 'I420', bound: keyof typeof golden.bounds];

const imageUrls = import.meta.glob<string>('../../../golden/images/*.png', {
  query: '?url',
  import: 'default',
  eager: true,
});

// The npm package makes placeholder frames without the camera frame.
const cases = golden.cases.filter(({ shows }) => shows !== 'hidden frame');

/** The difference of one case. */
export interface Measured {
  name: string;
  way: string;
  meanFlip: number;
}

/**
 * Compares each effect with its golden image. These were made natively, on the CPU, of the frame in RGB.
 *
 * @param report receives each difference
 */
export function compareGoldenImages([backend, form, way]: Way, report: (measured: Measured) => void): void {
  let engine: Engine;
  let frame: ImageBitmap | VideoFrame;
  let size: Size;

  beforeAll(async () => {
    const model = await loadModel(golden.model as ModelName, undefined, undefined);
    engine = await createEngine(backend, model, { background: { kind: 'transparent' } }, undefined);
    const bitmap = await loadBitmap(golden.frame);
    size = { width: bitmap.width, height: bitmap.height };
    frame = inForm(bitmap, form);
  });

  afterAll(() => {
    frame.close();
    engine.destroy();
    engine.free();
  });

  test.each(cases)('$name looks like the native result', async ({ name, effect, shows, bounds }) => {
    const loaded = await loadEffect(checkEffect(withUrl(effect as Effect)).parsed, undefined);
    if (!loaded.background) throw new Error(`${name} shows the camera as it is`);
    engine.setBackground(loaded.background);
    release(loaded);
    const { width, height } = size;
    const image =
      shows === 'person'
        ? (await engine.process(frame, { video: form === 'I420' })).image
        : engine.hide(width, height);
    const boundsOfCase: Partial<Record<keyof typeof golden.bounds, number>> = bounds ?? {};
    const bound = boundsOfCase[way] ?? golden.bounds[way];
    const found = encodePng(image, width, height);
    image.close();
    // The result has lost as much color as the frame. I420 has no alpha.
    const isSubsampled = shows === 'person' && effect.kind !== 'transparent';
    const expected = inForm(await loadBitmap(`${name}.png`), isSubsampled ? form : 'RGB');
    const images = { found, golden: encodePng(expected, width, height) };
    expected.close();
    const { meanFlip, files } = await commands.compareWithGolden(way, name, images, bound);
    report({ name, way, meanFlip });
    expect(meanFlip, `mean FLIP of ${name} on ${way}, see ${files}`).toBeLessThanOrEqual(bound);
  });
}

/** An image in a form, in place of the image. */
function inForm(image: ImageBitmap, form: 'RGB' | 'I420'): ImageBitmap | VideoFrame {
  if (form === 'RGB') return image;
  const frame = frameOf(readPixels(image, image.width, image.height), form, { timestamp: 0 });
  image.close();
  return frame;
}

async function loadBitmap(name: string): Promise<ImageBitmap> {
  return createImageBitmap(await (await fetch(url(name))).blob());
}

/** The effect with its image's URL on the test's server. */
function withUrl(effect: Effect): Effect {
  if (effect.kind !== 'image') return effect;
  return { ...effect, source: url(String(effect.source)) };
}

function url(name: string): string {
  const found = imageUrls[`../../../golden/images/${name}`];
  if (!found) throw new Error(`tests/golden/images/${name} is missing`);
  return found;
}
