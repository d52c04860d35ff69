/**
 * MediaPipe's ImageSegmenter, with the file that has metadata. It takes an image instead of a tensor: its timings
 * include the conversion of the image and the upsampling of the mask.
 */

/** @type {import('../page/harness.js').Load} */
export async function load({ base, backend, model }) {
  const folder = `${base}npm/@mediapipe/tasks-vision/`;
  const { ImageSegmenter } = await import(`${folder}vision_bundle.mjs`);
  const files = {
    wasmLoaderPath: `${folder}wasm/vision_wasm_internal.js`,
    wasmBinaryPath: `${folder}wasm/vision_wasm_internal.wasm`,
  };
  const segmenter = await ImageSegmenter.createFromOptions(files, {
    baseOptions: { modelAssetPath: model.taskUrl, delegate: backend === 'webgl' ? 'GPU' : 'CPU' },
    runningMode: 'IMAGE',
    outputConfidenceMasks: true,
    outputCategoryMask: false,
  });
  const image = new ImageData(model.width, model.height);
  let current;

  async function infer(input) {
    if (current !== input) fill(image, input);
    current = input;
    const masks = masksOf(image).map(({ values }) => values);
    return masks.length === 1 ? masks[0] : interleave(masks);
  }

  async function segment(frame) {
    const masks = masksOf(frame);
    const { width, height } = masks[0];
    return { width, height, values: masks.length === 1 ? masks[0].values : probability(masks) };
  }

  function masksOf(source) {
    let masks;
    segmenter.segment(source, ({ confidenceMasks }) => {
      // Copied, because the masks are freed after the callback.
      masks = confidenceMasks.map((mask) => {
        const { width, height } = mask;
        return { width, height, values: mask.getAsFloat32Array().slice() };
      });
    });
    return masks;
  }

  return { infer, segment };
}

function fill(image, values) {
  for (let pixel = 0; pixel < values.length / 3; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      image.data[4 * pixel + channel] = Math.round(255 * values[3 * pixel + channel]);
    }
    image.data[4 * pixel + 3] = 255;
  }
}

/** The probability of a person, from the logits of background and person. */
function probability([{ values: background }, { values: person }]) {
  return background.map((value, pixel) => 1 / (1 + Math.exp(value - person[pixel])));
}

/** Interleaves the masks of the classes, in the layout of the model's output. */
function interleave(masks) {
  const values = new Float32Array(masks.length * masks[0].length);
  for (const [index, mask] of masks.entries()) {
    for (let pixel = 0; pixel < mask.length; pixel++) values[pixel * masks.length + index] = mask[pixel];
  }
  return values;
}
