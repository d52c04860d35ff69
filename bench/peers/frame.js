/**
 * Runs one engine with one network in a frame of its own, for the benchmark page around it, which calls `peer`: engines
 * change globals, keep devices and memory, and go away with their frame.
 *
 * @typedef {object} PeerModel
 * @property {string} name
 * @property {number} [width] of a network that is served, like the following.
 * @property {number} [height]
 * @property {Record<string, string>} [paths] of its files below this frame's folder, as bench/models.mjs has them.
 * @property {ArrayBuffer} [file] the file itself of a network that is not served.
 */
import { fetchNpy } from '../page/npy.js';
import { personProbability } from '../person.mjs';
import { worstDifference } from '../statistics.mjs';

const base = new URL('../../', import.meta.url).href;
/** Networks that a user brings (BodyPix, DeepLabV3) take values from -1 to 1, those that are served from 0 to 1. */
const [SERVED, BROUGHT] = [
  { scale: 1 / 255, offset: 0 },
  { scale: 2 / 255, offset: -1 },
];

/** @type {Set<string>} */
const refused = new Set();
addEventListener('securitypolicyviolation', ({ blockedURI, effectiveDirective }) => {
  refused.add(blockedURI.startsWith('http') ? blockedURI : `${blockedURI} (${effectiveDirective})`);
});

/** @type {import('../page/harness.js').Session} */
let session;
/** What brings a frame to the network's size. */
let context;

globalThis.peer = {
  /**
   * Loads an engine and a network, and holds its mask of a picture against what is expected: LiteRT's, or for a network that the
   * user brings that of our own import of it.
   *
   * @param {{ file: string, backend: string, threads: number, tolerance: number, model: PeerModel }} options
   * @returns {Promise<[number, number]>} width and height of the network's input.
   * @throws {Error} where the engine fails or computes something else.
   */
  async open({ file, backend, threads, tolerance, model }) {
    const { width, height, expected } = model.file ? await expectOurs(model) : await expectGolden(model);
    context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    const { load } = await import(`../engines/${file}`);
    session = await load({ base, backend, threads, model: addressed({ ...model, width, height }) });
    const { input, output } = await expected(model.file ? BROUGHT : SERVED);
    const found = personProbability(await session.infer(input), width, height).probability;
    const difference = worstDifference(found, personProbability(output, width, height).probability);
    if (!(difference <= tolerance)) {
      throw new Error(`It computes something else: its mask is off by ${difference.toPrecision(2)}.`);
    }
    return [width, height];
  },

  /**
   * The mask of a frame, and the milliseconds it took until that could be read.
   *
   * @param {CanvasImageSource} frame
   * @param {boolean} brought whether the user brought the network.
   * @returns {Promise<{ mask: { width: number, height: number, levels: Uint8Array }, inference?: number, segmentation: number }>}
   */
  async infer(frame, brought) {
    const { width, height } = context.canvas;
    const begin = performance.now();
    if (session.segment) {
      const { values, ...size } = await session.segment(frame);
      const segmentation = performance.now() - begin;
      return { mask: maskOf({ probability: values, ...size }), segmentation };
    }
    const picture = preprocess(frame, brought ? BROUGHT : SERVED);
    const preprocessed = performance.now();
    const values = await session.infer(picture);
    const end = performance.now();
    const mask = maskOf(personProbability(values, width, height));
    return { mask, inference: end - preprocessed, segmentation: end - begin };
  },

  /** What was asked for elsewhere, or in a way that is not allowed here, and refused. */
  refused: () => [...refused],
};

async function expectGolden({ name, width, height }) {
  const read = (part) => fetchNpy(`${base}golden/${name}__astronaut__${part}.npy`);
  return { width, height, expected: async () => ({ input: await read('in'), output: await read('out') }) };
}

/** Our own import of a file says how large its input is, and what comes out of it. */
async function expectOurs({ file }) {
  const { default: start, Segmenter } = await import(`${base}wasm/cyclorama_web.js`);
  await start();
  const ours = await Segmenter.create(new Uint8Array(file), 'cpu');
  const { width, height } = ours;
  const picture = await createImageBitmap(await (await fetch(`${base}data/astronaut.png`)).blob());
  const expected = async (range) => ({
    input: preprocess(picture, range),
    output: await ours.raw(preprocess(picture, SERVED)),
  });
  return { width, height, expected };
}

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

/** The frame at the network's size and in its range, as an application does it. */
function preprocess(frame, { scale, offset }) {
  const { width, height } = context.canvas;
  context.drawImage(frame, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  const values = new Float32Array(width * height * 3);
  for (let pixel = 0, value = 0; pixel < data.length; pixel += 4) {
    values[value++] = data[pixel] * scale + offset;
    values[value++] = data[pixel + 1] * scale + offset;
    values[value++] = data[pixel + 2] * scale + offset;
  }
  return values;
}

function maskOf({ width, height, probability }) {
  return { width, height, levels: Uint8Array.from(probability, (value) => Math.round(255 * value)) };
}
