/**
 * Runs one engine with one network in a frame of its own, for the benchmark page around it, which calls `peer`: engines
 * change globals, keep devices and memory, and go away with their frame.
 *
 * @typedef {object} ServedModel a network of models/manifest.json.
 * @property {string} name
 * @property {number} width
 * @property {number} height
 * @property {Record<string, string>} paths of its files below this frame's folder, as bench/models.mjs has them.
 * @property {boolean} builtin whether its operators are all TensorFlow Lite's own: BodyPix or DeepLabV3.
 *
 * @typedef {object} BroughtModel a network of the user's, like those two.
 * @property {string} name
 * @property {ArrayBuffer} file
 */
import { fetchNpy } from '../page/npy.js';
import { personProbability } from '../person.mjs';
import { worstDifference } from '../statistics.mjs';

const base = new URL('../../', import.meta.url).href;
/** Selfie networks take values from 0 to 1, BodyPix and DeepLabV3 from -1 to 1. */
const SELFIE = { scale: 1, offset: 0 };
const BUILTIN = { scale: 2, offset: -1 };

/** @type {Set<string>} */
const refused = new Set();
addEventListener('securitypolicyviolation', ({ blockedURI, effectiveDirective }) => {
  refused.add(blockedURI.startsWith('http') ? blockedURI : `${blockedURI} (${effectiveDirective})`);
});

/** @type {import('../page/harness.js').Session} */
let session;
/** What brings a frame to the network's size. */
let context;
/** What brings its values, from 0 to 1, to the network's. */
let range;

globalThis.peer = {
  /**
   * Loads an engine and a network, and holds its mask of a picture against what is expected: LiteRT's, or for a network that the
   * user brings that of our own import of it.
   *
   * @param {{ file: string, backend: string, threads: number, tolerance: number, model: ServedModel | BroughtModel }} options
   * @returns {Promise<[number, number]>} width and height of the network's input.
   * @throws {Error} where the engine fails or computes something else.
   */
  async open({ file, backend, threads, tolerance, model }) {
    const { width, height, expectation } = await (model.file ? ours(model) : golden(model));
    context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    range = model.file || model.builtin ? BUILTIN : SELFIE;
    const { load } = await import(`../engines/${file}`);
    session = await load({ base, backend, threads, model: addressed({ ...model, width, height }) });
    const { input, expected } = await expectation();
    const found = personProbability(await session.infer(input.map(inRange)), width, height);
    const difference = worstDifference(found.probability, await expected(found));
    if (!(difference <= tolerance)) {
      throw new Error(`It computes something else: its mask is off by ${difference.toPrecision(2)}.`);
    }
    return [width, height];
  },

  /**
   * The mask of a frame, and the milliseconds it took until that could be read.
   *
   * @param {CanvasImageSource} frame
   * @returns {Promise<{ mask: { width: number, height: number, levels: Uint8Array }, inference?: number, segmentation: number }>}
   */
  async infer(frame) {
    const { width, height } = context.canvas;
    const begin = performance.now();
    if (session.segment) {
      const { values, ...size } = await session.segment(frame);
      const segmentation = performance.now() - begin;
      return { mask: maskOf({ probability: values, ...size }), segmentation };
    }
    const picture = preprocess(frame, range);
    const preprocessed = performance.now();
    const values = await session.infer(picture);
    const end = performance.now();
    const mask = maskOf(personProbability(values, width, height));
    return { mask, inference: end - preprocessed, segmentation: end - begin };
  },

  /** What was asked for elsewhere, or in a way that is not allowed here, and refused. */
  refused: () => [...refused],
};

/** What LiteRT makes of a picture; of the networks that score every eighth pixel also at the picture's size. */
async function golden({ name, width, height, builtin }) {
  const read = (part) => fetchNpy(`${base}golden/${name}__astronaut__${part}.npy`);
  const expected = async (found) =>
    builtin && found.width === width
      ? read('person')
      : personProbability(await read('out'), width, height).probability;
  return { width, height, expectation: async () => ({ input: await read('in'), expected }) };
}

/** Our own import of a file says how large its input is, and what comes out of it. */
async function ours({ file }) {
  const { default: start, Segmenter } = await import(`${base}wasm/cyclorama_web.js`);
  await start();
  const segmenter = await Segmenter.create(new Uint8Array(file), 'cpu');
  const { width, height } = segmenter;
  const expectation = async () => {
    const picture = await createImageBitmap(await (await fetch(`${base}data/astronaut.png`)).blob());
    const input = preprocess(picture, SELFIE);
    const raw = personProbability(await segmenter.raw(input), width, height);
    const expected = (found) => (found.width === raw.width ? raw.probability : segmenter.probability(input));
    return { input, expected };
  };
  return { width, height, expectation };
}

const inRange = (value) => value * range.scale + range.offset;

/** The model with an address for each of its files. */
function addressed({ file, paths, ...model }) {
  if (!file) {
    const addresses = Object.entries(paths).map(([name, path]) => [name.replace('Path', 'Url'), base + path]);
    return { ...model, ...Object.fromEntries(addresses), url: base + paths.path };
  }
  // Its operators are all TensorFlow Lite's own: nothing has to be rewritten.
  const url = URL.createObjectURL(new Blob([file]));
  return { ...model, url, rewrittenUrl: url };
}

/** The frame at the network's size and in a range, as an application does it. */
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
