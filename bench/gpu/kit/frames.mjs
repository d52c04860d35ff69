/**
 * Whole frames of Cyclorama's wasm module: guided edges over a medium blur. The frame is the golden input of the model at a
 * larger size, and what the module shows of it is compared with the golden mask. Sends one row for each size. On a slow
 * adapter a round has fewer frames.
 */

import { countBytes } from './allocations.mjs';
import { countCalls } from './calls.mjs';
import { CanvasContext, ImageBitmap, OffscreenCanvas, readPixels, VideoFrame } from './canvas.mjs';
import { failureText, install, runScripts, throwErrors } from './dawn.mjs';

/** `blur: 'medium'` of the package at 720p. */
const BLUR = { kind: 'blur', radius: 16 };
/** Without light wrap, which mixes colors of the background into the person. */
const GREEN = { kind: 'color', color: [0, 200, 0], lightWrap: 0 };
/** Probabilities up to this are of the background, and those from 1 minus this are of a person. */
const UNCERTAIN = 0.1;
/** Pixels of the mask around an uncertain pixel, where refinement mixes the frame and the background. */
const EDGE = 8;
/**
 * The least fraction of the other pixels that must show the one or the other, and the tolerance of their colors. The module
 * resizes the frame to an input that is not quite the golden one: at 640x360, 99.0 % agree.
 */
const AGREEMENT = 0.98;
const COLOR_TOLERANCE = 8;

/**
 * @typedef {object} Row
 * @property {[number, number]} input in pixels.
 * @property {number} createMs compiling and warming up the module's pipelines and the model's.
 * @property {number} firstMs the first frame.
 * @property {object} info `Engine.info()`.
 * @property {number} agreement fraction of the pixels away from edges that show what the golden mask demands.
 * @property {string | undefined} maskStatus why the mask of the last frame was rejected.
 * @property {Record<string, number>[]} gpu milliseconds of each stage by GPU timestamps, for each frame. A stage may be missing.
 * @property {Record<string, number>[]} completed milliseconds of each stage and of the whole frame (`total`), waiting for the
 *   GPU after each stage.
 * @property {Record<string, number>[]} cpu milliseconds of each stage on the calling thread.
 * @property {number[]} backToBack milliseconds of one frame without waits, for each round.
 * @property {import('./calls.mjs').Calls} calls of one frame, not waiting for the GPU.
 * @property {number} inferenceDispatches dispatches of the stage inference.
 * @property {number} gpuBytes of the buffers and textures of the engine after its frames, the weights included.
 * @property {string} [error] why figures are missing.
 */

const { base, disguise, model, sizes, rounds, frames, seconds } = JSON.parse(process.argv[2]);
install(disguise);
runScripts(new URL('bench/page/gpu-errors.js', base));
Object.assign(globalThis, { ImageBitmap, OffscreenCanvas, VideoFrame });
/** The device of the current engine, for reading what it shows. @type {GPUDevice} */
let device;
const { requestDevice } = GPUAdapter.prototype;
GPUAdapter.prototype.requestDevice = async function (...args) {
  device = await requestDevice.apply(this, args);
  return device;
};
const allocated = countBytes();
const { default: start, Engine } = await import(`${base}wasm/cyclorama_web.js`);
await start();
const { fetchNpy } = await import(`${base}bench/page/npy.js`);
const golden = (which) => fetchNpy(`${base}golden/${model.name}__astronaut__${which}.npy`);
const [image, probability] = [await golden('in'), await golden('out')];
const bytes = new Uint8Array(await (await fetch(base + model.path)).arrayBuffer());

for (const [index, input] of sizes.entries()) {
  const row = { input };
  try {
    await measure(row, frameOf(...input), (1000 * seconds * (index + 1)) / sizes.length);
    throwErrors();
  } catch (error) {
    row.error = failureText(error);
  }
  process.send(row);
}
process.send('done');

/**
 * @param {Row} row
 * @param {VideoFrame} frame
 * @param {number} end by `performance.now()`, which counts from the start of this process.
 */
async function measure(row, frame, end) {
  const before = allocated();
  let begin = performance.now();
  const engine = await Engine.create(bytes, { background: GREEN, importPath: 'copy' });
  row.createMs = performance.now() - begin;
  row.info = engine.info();
  engine.setMatting({ refinement: 'guided', temporalSmoothing: true });

  begin = performance.now();
  const { image: first } = await engine.process(frame, { waitForGpu: true });
  row.firstMs = performance.now() - begin;
  row.agreement = agreement(await readPixels(first, device), frame);
  first.close();
  if (!(row.agreement >= AGREEMENT)) {
    throw new Error(`Only ${(100 * row.agreement).toFixed(1)} % of the pixels show what the mask demands.`);
  }

  engine.setBackground(BLUR);
  await show(engine, frame, { waitForGpu: true });
  begin = performance.now();
  await show(engine, frame, { waitForGpu: true });
  const frameMs = performance.now() - begin;
  Object.assign(row, { gpu: [], completed: [], cpu: [], backToBack: [] });
  // A round has each frame three times. A fifth of the time remains for the rest.
  const fits = Math.floor((0.8 * (end - performance.now())) / (3 * rounds * frameMs));
  const count = Math.max(1, Math.min(frames, fits));
  for (let round = 0; round < rounds; round++) await measureRound(engine, frame, count, row);
  // A frame a second after the last one is not smoothed over time, and has fewer dispatches.
  await show(engine, frame, { waitForGpu: true });
  row.calls = await countCalls(() => show(engine, frame), [CanvasContext]);
  await engine.completed();
  // With waits, each stage's work is between two of them. No other stage dispatches as often as inference.
  const { dispatchesBetweenWaits } = await countCalls(() => show(engine, frame, { waitForGpu: true }));
  row.inferenceDispatches = Math.max(...dispatchesBetweenWaits);
  await engine.completed();
  row.gpuBytes = allocated() - before;
  row.maskStatus = await engine.maskStatus();
  if (row.maskStatus) throw new Error(`The mask was rejected: ${row.maskStatus}.`);
  engine.destroy();
}

/** Timestamps make a frame longer. So they are taken of other frames than the rest. */
async function measureRound(engine, frame, count, row) {
  for (let i = 0; i < count; i++) {
    const { completed, cpu } = await show(engine, frame, { waitForGpu: true });
    row.completed.push(completed);
    row.cpu.push(cpu);
  }
  for (let i = 0; i < count; i++) {
    await show(engine, frame, { waitForGpu: true, timestamps: true });
    row.gpu.push(...engine.gpuTimes());
  }
  // The last timestamps arrive later than their frames.
  await new Promise((resolve) => setTimeout(resolve, 20));
  row.gpu.push(...engine.gpuTimes());
  const begin = performance.now();
  for (let i = 0; i < count; i++) await show(engine, frame);
  await engine.completed();
  row.backToBack.push((performance.now() - begin) / count);
}

async function show(engine, frame, options = {}) {
  const result = await engine.process(frame, options);
  result.image.close();
  return result;
}

/** The golden input at another size, by the nearest pixel. */
function frameOf(width, height) {
  const data = new Uint8Array(4 * width * height).fill(255);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const source = 3 * nearest(pixel, width, height);
    for (let channel = 0; channel < 3; channel++) {
      data[4 * pixel + channel] = Math.round(255 * image[source + channel]);
    }
  }
  return new VideoFrame(data, { codedWidth: width, codedHeight: height });
}

/** The pixel of the golden data at a pixel of a frame. */
function nearest(pixel, width, height) {
  const column = Math.floor(((pixel % width) * model.width) / width);
  const row = Math.floor((Math.floor(pixel / width) * model.height) / height);
  return row * model.width + column;
}

/** The fraction of the pixels away from edges that show the frame where a person is, and else the background. */
function agreement(shown, { data, codedWidth, codedHeight }) {
  const expected = expectedPixels();
  let [known, right] = [0, 0];
  for (let pixel = 0; pixel < codedWidth * codedHeight; pixel++) {
    const isPerson = expected[nearest(pixel, codedWidth, codedHeight)];
    if (isPerson === undefined) continue;
    const color = isPerson ? data.subarray(4 * pixel, 4 * pixel + 3) : GREEN.color;
    const found = shown.subarray(4 * pixel, 4 * pixel + 3);
    known += 1;
    right += Number(found.every((value, channel) => Math.abs(value - color[channel]) <= COLOR_TOLERANCE));
  }
  return right / known;
}

/** Whether each pixel of the golden mask is of a person; undefined if that is uncertain there or nearby. */
function expectedPixels() {
  const { width, height } = model;
  const inside = (value, length) => Math.min(length - 1, Math.max(0, value));
  const isPerson = (column, row) => {
    const value = probability[inside(row, height) * width + inside(column, width)];
    return value <= UNCERTAIN ? false : value >= 1 - UNCERTAIN ? true : undefined;
  };
  return Array.from({ length: width * height }, (_, pixel) => {
    const [column, row] = [pixel % width, Math.floor(pixel / width)];
    const own = isPerson(column, row);
    for (let y = row - EDGE; y <= row + EDGE; y++) {
      for (let x = column - EDGE; x <= column + EDGE; x++) if (isPerson(x, y) !== own) return undefined;
    }
    return own;
  });
}
