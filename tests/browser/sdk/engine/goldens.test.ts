import { afterAll, describe, expect, test } from 'vitest';
import { commands } from 'vitest/browser';
import { MODEL_NAMES } from '../../../../ts/src/index.js';
import { loadWasm } from '../../../../ts/src/worker/engine.js';
import { meetUnavailable, notInFull, unless } from '../../matrix.js';
import { fetchNpy, type Npy } from '../helpers/npy.js';

// tests/golden/make.py made the goldens with LiteRT. Differences on SwiftShader: see tests/output/goldens.json.
const RAW_TOLERANCE = 1e-3;
const PROBABILITY_TOLERANCE = 1e-4;

/** Models that the package does not include. They score every eighth pixel, see tests/golden/README.md. */
const DROPPED_IN = ['body-pix-float-050-8', 'deeplabv3_257_mv_gpu'] as const;

/**
 * Models with the layers of another one. A software GPU takes seconds to compile each, so on WebGPU they run in the whole matrix
 * only.
 */
const REPEATED: ReadonlySet<string> = new Set([
  'selfie_segmentation',
  'segm_full_v679',
  'segm_lite_v681',
  'segm_lite_v509',
]);

const models = import.meta.glob<string>('../../../../models/*.tflite', {
  query: '?url',
  import: 'default',
  eager: true,
});
const goldens = import.meta.glob<string>('../../../golden/*.npy', {
  query: '?url',
  import: 'default',
  eager: true,
});

const worst: { model: string; backend: string; raw: number; probability: number }[] = [];

afterAll(async () => {
  console.table(worst);
  await commands.writeFile('../output/goldens.json', `${JSON.stringify(worst, undefined, 2)}\n`);
});

describe.each(['webgpu', 'cpu'] as const)('on the %s backend', (backend) => {
  for (const model of [...MODEL_NAMES, ...DROPPED_IN]) {
    const isMeet = model.startsWith('segm_');
    const repeats = backend === 'webgpu' && REPEATED.has(model);
    const options = unless(isMeet ? meetUnavailable : '', repeats ? notInFull : '');
    test(`${model} agrees with LiteRT`, options, () => expectGolden(model, backend));
  }
});

async function expectGolden(model: string, backend: 'webgpu' | 'cpu'): Promise<void> {
  const { Segmenter } = await loadWasm('webgpu', undefined);
  const [input, output, person] = await Promise.all([
    golden(model, 'in'),
    golden(model, 'out'),
    isDroppedIn(model) ? golden(model, 'person') : undefined,
  ]);
  const segmenter = await Segmenter.create(await file(model), backend);
  try {
    expect(input.shape).toEqual([1, segmenter.height, segmenter.width, 3]);
    const raw = worstDifference(kept(await segmenter.raw(input.values), input, output), output.values);
    const probability = worstDifference(
      await segmenter.probability(input.values),
      person?.values ?? personProbability(output),
    );
    worst.push({ model, backend, raw, probability });
    expect(raw).toBeLessThanOrEqual(RAW_TOLERANCE);
    expect(probability).toBeLessThanOrEqual(PROBABILITY_TOLERANCE);
  } finally {
    segmenter.destroy();
  }
}

async function file(model: string): Promise<Uint8Array> {
  const url = models[`../../../../models/${model}.tflite`];
  if (!url) throw new Error(`models/${model}.tflite is missing: run "node scripts/models.mjs"`);
  return new Uint8Array(await (await fetch(url)).arrayBuffer());
}

async function golden(model: string, part: string): Promise<Npy> {
  const url = goldens[`../../../golden/${model}__astronaut__${part}.npy`];
  if (!url) throw new Error(`there is no golden ${part}put for ${model}`);
  return fetchNpy(url);
}

function isDroppedIn(model: string): boolean {
  return (DROPPED_IN as readonly string[]).includes(model);
}

/** The values of a graph's output that the golden file has: every eighth of every eighth row, if the output has more pixels. */
function kept(values: Float32Array, input: Npy, output: Npy): Float32Array {
  const [, , width = 0] = input.shape;
  const [, , columns = 0, channels = 0] = output.shape;
  if (values.length === output.values.length) return values;
  return Float32Array.from({ length: output.values.length }, (_, index) => {
    const pixel = Math.floor(index / channels);
    const [row, column] = [Math.floor(pixel / columns), pixel % columns];
    return values[(8 * row * width + 8 * column) * channels + (index % channels)] ?? Number.NaN;
  });
}

/** The selfie graphs end with the probability, the Meet graphs with two logits: background and person. */
function personProbability({ shape, values }: Npy): Float32Array {
  if (shape.at(-1) === 1) return values;
  return Float32Array.from({ length: values.length / 2 }, (_, pixel) => {
    const [background = 0, person = 0] = values.subarray(2 * pixel, 2 * pixel + 2);
    return 1 / (1 + Math.exp(background - person));
  });
}

function worstDifference(found: Float32Array, expected: Float32Array): number {
  expect(found.length).toBe(expected.length);
  // NaN must fail, so it counts as larger than any tolerance.
  return found.reduce((most, value, index) => {
    const difference = Math.abs(value - (expected[index] ?? Number.NaN));
    return difference <= most ? most : Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
  }, 0);
}
