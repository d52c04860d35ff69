import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commands } from 'vitest/browser';
import type { ModelName } from '../../../../ts/src/index.js';
import { loadEffect, release } from '../../../../ts/src/page/load-effect.js';
import { loadModel } from '../../../../ts/src/shared/assets.js';
import { checkEffect, type Effect } from '../../../../ts/src/shared/effect.js';
import type { Engine } from '../../../../ts/src/shared/engine-types.js';
import { createEngine } from '../../../../ts/src/worker/engine.js';
import golden from '../../../golden/images/cases.json';
import { encodePng } from '../helpers/pixels.js';

/** The backends. The golden images were made natively, on the CPU. */
const BACKENDS = ['webgpu', 'webgl'] as const;

const imageUrls = import.meta.glob<string>('../../../golden/images/*.png', {
  query: '?url',
  import: 'default',
  eager: true,
});

// The npm package makes placeholder frames without the camera frame.
const cases = golden.cases.filter(({ shows }) => shows !== 'hidden frame');

const measured: { name: string; backend: string; meanFlip: number }[] = [];

afterAll(async () => {
  console.table(measured);
  await commands.writeFile('../output/golden-images.json', `${JSON.stringify(measured, undefined, 2)}\n`);
});

describe.each(BACKENDS)('on %s', (backend) => {
  let engine: Engine;
  let frame: ImageBitmap;

  beforeAll(async () => {
    const model = await loadModel(golden.model as ModelName, undefined, undefined);
    engine = await createEngine(backend, model, { background: { kind: 'transparent' } }, undefined);
    frame = await createImageBitmap(await (await fetch(url(golden.frame))).blob());
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
    const image =
      shows === 'person'
        ? ((await engine.process(frame)).image as ImageBitmap)
        : engine.hide(frame.width, frame.height);
    const boundsOfCase: Partial<Record<keyof typeof golden.bounds, number>> = bounds ?? {};
    const bound = boundsOfCase[backend] ?? golden.bounds[backend];
    const { meanFlip, files } = await commands.compareWithGolden(backend, name, encodePng(image), bound);
    image.close();
    measured.push({ name, backend, meanFlip });
    expect(meanFlip, `mean FLIP of ${name} on ${backend}, see ${files}`).toBeLessThanOrEqual(bound);
  });
});

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
