/**
 * Runs one engine with one model in a frame of its own. The benchmark page around it calls `peer`. Engines change globals
 * and keep devices and memory; removing their frame frees all of it.
 *
 * @typedef {object} ServedModel a model of models/manifest.json.
 * @property {string} name
 * @property {number} width
 * @property {number} height
 * @property {Record<string, string>} paths of its files below this frame's folder, from bench/models.mjs.
 * @property {boolean} builtin whether it has only built-in operators of TensorFlow Lite: BodyPix or DeepLabV3.
 *
 * @typedef {object} UserModel a model that the user provides, with only built-in operators.
 * @property {string} name
 * @property {ArrayBuffer} file
 */
import '../page/gpu-errors.js';
import { fetchNpy } from '../page/npy.js';
import { personProbability } from '../person.mjs';
import { worstDifference } from '../statistics.mjs';

const base = new URL('../../', import.meta.url).href;
/** Selfie models take values from 0 to 1, BodyPix and DeepLabV3 from -1 to 1. */
const SELFIE = { scale: 1, offset: 0 };
const BUILTIN = { scale: 2, offset: -1 };

/** @type {Set<string>} */
const refused = new Set();
addEventListener('securitypolicyviolation', ({ blockedURI, effectiveDirective }) => {
  refused.add(blockedURI.startsWith('http') ? blockedURI : `${blockedURI} (${effectiveDirective})`);
});

/** Errors of WebGPU that the engine did not handle. */
const gpuErrors = [];
addEventListener('error', ({ message }) => {
  if (message.includes('WebGPU: ')) gpuErrors.push(message);
});

/** @type {import('../page/harness.js').Session} */
let session;
/** Scales a frame to the model's input size. */
let context;
/** Maps values from 0 to 1 to the model's input range. */
let range;

globalThis.peer = {
  /**
   * Loads an engine and a model, and compares its mask of a test image with the expected one: LiteRT's, or
   * Cyclorama's for a model that the user provides.
   *
   * @param {{ file: string, backend: string, threads: number, tolerance: number, model: ServedModel | UserModel }} options
   * @returns {Promise<[number, number]>} width and height of the model's input.
   * @throws {Error} if the engine fails or its mask differs.
   */
  async open({ file, backend, threads, tolerance, model }) {
    const { width, height, expectation } = await (model.file ? ours(model) : golden(model));
    context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    range = model.file || model.builtin ? BUILTIN : SELFIE;
    const { load } = await import(`../engines/${file}`);
    session = await load({ base, backend, threads, model: withUrls({ ...model, width, height }) });
    const { input, expected } = await expectation();
    const found = personProbability(await session.infer(input.map(inRange)), width, height);
    const difference = worstDifference(found.probability, await expected(found));
    if (!(difference <= tolerance)) {
      throw new Error(`Its mask differs from the expected one by ${difference.toPrecision(2)}.`);
    }
    return [width, height];
  },

  /**
   * The mask of a frame, and the milliseconds until the mask was readable.
   *
   * @param {CanvasImageSource} frame
   * @returns {Promise<{ mask: { width: number, height: number, levels: Uint8Array }, inference?: number,
   *   segmentation: number }>}
   * @throws {Error} if a GPU device reported an error in an earlier call: the figures would be of less work.
   */
  async infer(frame) {
    if (gpuErrors.length > 0) throw new Error(gpuErrors.join('\n'));
    const { width, height } = context.canvas;
    const begin = performance.now();
    if (session.segment) {
      const { values, ...size } = await session.segment(frame);
      const segmentation = performance.now() - begin;
      return { mask: maskOf({ probability: values, ...size }), segmentation };
    }
    const input = preprocess(frame, range);
    const preprocessed = performance.now();
    const values = await session.infer(input);
    const end = performance.now();
    const mask = maskOf(personProbability(values, width, height));
    return { mask, inference: end - preprocessed, segmentation: end - begin };
  },

  /** Requests that the frame's policy blocked. */
  refused: () => [...refused],
};

/** LiteRT's output for the test image. For models that score every eighth pixel, also upsampled to the input's size. */
async function golden({ name, width, height, builtin }) {
  const read = (part) => fetchNpy(`${base}golden/${name}__astronaut__${part}.npy`);
  const expected = async (found) =>
    builtin && found.width === width
      ? read('person')
      : personProbability(await read('out'), width, height).probability;
  return { width, height, expectation: async () => ({ input: await read('in'), expected }) };
}

/** The input size and expected output of a user's model, computed by Cyclorama. */
async function ours({ file }) {
  const { default: start, Segmenter } = await import(`${base}wasm/cyclorama_web.js`);
  await start();
  const segmenter = await Segmenter.create(new Uint8Array(file), 'cpu');
  const { width, height } = segmenter;
  const expectation = async () => {
    const image = await createImageBitmap(await (await fetch(`${base}data/astronaut.png`)).blob());
    const input = preprocess(image, SELFIE);
    const raw = personProbability(await segmenter.raw(input), width, height);
    const expected = (found) => (found.width === raw.width ? raw.probability : segmenter.probability(input));
    return { input, expected };
  };
  return { width, height, expectation };
}

const inRange = (value) => value * range.scale + range.offset;

/** The model with a URL for each of its files. */
function withUrls({ file, paths, ...model }) {
  if (!file) {
    const urls = Object.entries(paths).map(([name, path]) => [name.replace('Path', 'Url'), base + path]);
    return { ...model, ...Object.fromEntries(urls), url: base + paths.path };
  }
  // It has only built-in operators: nothing has to be rewritten.
  const url = URL.createObjectURL(new Blob([file]));
  return { ...model, url, rewrittenUrl: url };
}

/** Scales the frame to the model's input size and maps its values to a range, as an application would. */
function preprocess(frame, { scale, offset }) {
  const { width, height } = context.canvas;
  context.drawImage(frame, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  const factor = scale / 255;
  const values = new Float32Array(width * height * 3);
  for (let pixel = 0, value = 0; pixel < data.length; pixel += 4) {
    values[value++] = data[pixel] * factor + offset;
    values[value++] = data[pixel + 1] * factor + offset;
    values[value++] = data[pixel + 2] * factor + offset;
  }
  return values;
}

function maskOf({ width, height, probability }) {
  return { width, height, levels: Uint8Array.from(probability, (value) => Math.round(255 * value)) };
}
