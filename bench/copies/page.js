/** Runs in the page: times how frames enter and leave memory. */

/** The steps, each of which ends when its samples can be read or its result can be used. */
function listSteps(width, height) {
  const i420 = new Uint8Array((width * height * 3) / 2).map((_, index) => (index * 2654435761) >>> 24);
  const init = { format: 'I420', codedWidth: width, codedHeight: height, timestamp: 0 };
  const frame = new VideoFrame(i420, init);
  const rgba = new Uint8Array(width * height * 4);
  const canvasOf = (side) => new OffscreenCanvas(width * side, height * side);
  const [whole, half] = [canvasOf(1), canvasOf(0.5)].map((canvas) =>
    canvas.getContext('2d', { willReadFrequently: true, alpha: false }),
  );
  const read = (context, source) => {
    const { width, height } = context.canvas;
    context.drawImage(source, 0, 0, width, height);
    return context.getImageData(0, 0, width, height);
  };
  const shown = canvasOf(1);
  const output = shown.getContext('2d', { alpha: false });
  const pixels = new ImageData(width, height);
  const gl = canvasOf(1).getContext('webgl2');
  gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
  gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, width, height);
  gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer());
  gl.framebufferTexture2D(
    gl.FRAMEBUFFER,
    gl.COLOR_ATTACHMENT0,
    gl.TEXTURE_2D,
    gl.getParameter(gl.TEXTURE_BINDING_2D),
    0,
  );
  const pixel = new Uint8Array(4);
  /** Uploads, and waits until a pixel can be read. */
  const upload = (...source) => {
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, ...source);
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
  };
  return {
    '`copyTo` of an I420 `VideoFrame`': () => frame.copyTo(i420),
    '`copyTo` of an I420 `VideoFrame` as RGBA': () => frame.copyTo(rgba, { format: 'RGBA' }),
    'a `VideoFrame` through a 2D canvas': () => read(whole, frame),
    'a `VideoFrame` scaled to half by a 2D canvas': () => read(half, frame),
    'the upload of RGBA to WebGL2': () => upload(width, height, gl.RGBA, gl.UNSIGNED_BYTE, rgba),
    '`texSubImage2D` of a `VideoFrame`': () => upload(gl.RGBA, gl.UNSIGNED_BYTE, frame),
    'a new I420 `VideoFrame`': () => new VideoFrame(i420, init).close(),
    '`putImageData` and `transferToImageBitmap`': () => {
      output.putImageData(pixels, 0, 0);
      shown.transferToImageBitmap().close();
    },
  };
}

/** The times of each step in milliseconds, in turns. The first round is not counted. */
export async function measure({ width, height, rounds }) {
  const steps = Object.entries(listSteps(width, height));
  const times = Object.fromEntries(steps.map(([name]) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const [name, act] of steps) {
      const start = performance.now();
      await act();
      if (round > 0) times[name].push(performance.now() - start);
    }
  }
  return times;
}
