import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { loadModel } from '../../../../ts/src/shared/assets.js';
import { loadWasm } from '../../../../ts/src/worker/engine.js';
import { readPixels } from '../helpers/pixels.js';
import { countResources, type ResourceCounter } from '../helpers/resource-counter.js';
import { meanDifference, paintScene } from '../helpers/scene.js';

const background = { kind: 'color', color: [32, 64, 192] };
const layout = { fit: 'cover', position: [0.5, 0.5], mirror: true };

/** The engine with the copying import path. One for all tests, because making one takes seconds on a software adapter. */
let engine: Awaited<ReturnType<typeof createEngine>>;
let resources: ResourceCounter | undefined;

beforeAll(async () => {
  engine = await createEngine('copy');
});

afterEach(() => {
  vi.restoreAllMocks();
  resources?.close();
  resources = undefined;
});

async function createEngine(importPath: 'gpu' | 'copy') {
  const { Engine } = await loadWasm('webgpu', undefined);
  const model = await loadModel('selfie_segmentation_landscape', undefined, undefined);
  return Engine.create(model, { background, importPath });
}

test('frames and a background video look the same on the GPU path and through memory', async () => {
  const canvas = await paintScene();
  const bitmap = await createImageBitmap(canvas);
  const frame = new VideoFrame(canvas, { timestamp: 0 });
  const stream = canvas.captureStream();
  const video = document.createElement('video');
  video.muted = true;
  video.srcObject = stream;
  await video.play();
  const outputs: ImageData[] = [];
  const onGpu = await createEngine('gpu');
  for (const used of [onGpu, engine]) {
    for (const source of [canvas, bitmap, frame]) {
      const { image } = await used.process(source, undefined);
      outputs.push(readPixels(image, image.width, image.height));
      image.close();
    }
    used.setBackground({ kind: 'video', image: video, layout });
    const { image, backgroundError } = await used.process(canvas, { image: video });
    expect(backgroundError).toBeUndefined();
    outputs.push(readPixels(image, image.width, image.height));
    image.close();
    used.setBackground(background);
  }
  onGpu.destroy();
  onGpu.free();
  for (const track of stream.getTracks()) track.stop();
  bitmap.close();
  frame.close();
  const [first, , , before, ...others] = outputs as [ImageData, ImageData, ImageData, ImageData];
  // The outputs are equal except for bilinear chroma and rounding.
  for (const [index, other] of outputs.entries()) {
    const expected = index % 4 === 3 ? before : first;
    expect(meanDifference(expected, other), `output ${index}`).toBeLessThan(1);
  }
  expect(others).toHaveLength(4);
  expect(meanDifference(first, readPixels(canvas, 640, 360))).toBeGreaterThan(10);
  expect(meanDifference(first, before)).toBeGreaterThan(10);
});

test('a frame costs what the architecture page says, and reads nothing back', async () => {
  const canvas = await paintScene();
  // With a fixed clock, the second frame follows the first on any machine.
  vi.spyOn(performance, 'now').mockReturnValue(0);
  (await engine.process(canvas, undefined)).image.close();
  resources = countResources();
  (await engine.process(canvas, undefined)).image.close();
  const { dispatches, submissions, readbacks, made } = resources;
  // One dispatch for the resizing, 47 for the model, two for the mask check, three for temporal smoothing, four for the guided filter.
  expect({ dispatches, submissions, readbacks, made }).toEqual({
    dispatches: 57,
    submissions: 1,
    readbacks: 0,
    made: 0,
  });
});

test('an inference is one pass of few dispatches, compiled before the first call', async () => {
  const { Segmenter } = await loadWasm('webgpu', undefined);
  const model = await loadModel('selfie_segmentation_landscape', undefined, undefined);
  const segmenter = await Segmenter.create(model, 'webgpu');
  const input = new Float32Array(segmenter.width * segmenter.height * 3);
  resources = countResources();
  await segmenter.time(input, 1);
  const { dispatches, passes, pipelines, readbacks } = resources;
  expect({ dispatches, passes, pipelines, readbacks }).toEqual({
    dispatches: 47,
    passes: 1,
    pipelines: 0,
    readbacks: 0,
  });
  segmenter.destroy();
});

test('a background whose pipeline cannot be compiled fails create, so that another backend is used', async () => {
  const { createShaderModule } = GPUDevice.prototype;
  vi.spyOn(GPUDevice.prototype, 'createShaderModule').mockImplementation(function (
    this: GPUDevice,
    descriptor,
  ) {
    const code = descriptor.label === 'composite' ? 'fn broken(' : descriptor.code;
    return createShaderModule.call(this, { ...descriptor, code });
  });
  await expect(createEngine('copy')).rejects.toEqual(expect.objectContaining({ code: 'gpu' }));
});

// The last test, because it destroys the engine.
test('misuse is a typed error, and the engine keeps working', async () => {
  const canvas = await paintScene();
  const code = (expected: string) => expect.objectContaining({ code: expected });
  await expect(engine.process({}, undefined)).rejects.toEqual(code('frame'));
  await expect(engine.setModel(new Uint8Array(100))).rejects.toEqual(code('model'));
  expect(() => engine.setBackground({ kind: 'blur', radius: Number.NaN })).toThrow();
  expect(() => engine.setBackground({ kind: 'sparkles' })).toThrow();
  expect(() => engine.setBackground({ ...background, lightWrap: 2 })).toThrow(code('effect'));
  expect(() => engine.setMatting({ refinement: 'sharp', temporalSmoothing: true })).toThrow(code('option'));
  const image = await createImageBitmap(canvas);
  const outside = { ...layout, position: [2, 0] };
  expect(() => engine.setBackground({ kind: 'image', image, layout: outside })).toThrow(code('effect'));
  expect(() => engine.setBackground({ kind: 'video', image: {}, layout })).toThrow(code('effect'));
  const video = document.createElement('video');
  expect(() => engine.setBackground({ kind: 'video', image: video, layout })).toThrow(code('effect'));
  // Without `waitForGpu`, the first call may finish before the second one starts.
  const [first, second] = [engine.process(canvas, { waitForGpu: true }), engine.process(canvas, undefined)];
  await expect(second).rejects.toEqual(code('busy'));
  (await first).image.close();
  engine.destroy();
  engine.destroy();
  await expect(engine.process(canvas, undefined)).rejects.toEqual(code('destroyed'));
  engine.free();
});
