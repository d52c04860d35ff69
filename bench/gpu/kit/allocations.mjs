/** Counts the bytes of the buffers and textures of WebGPU. */

/** Bytes of a pixel. */
const PIXEL = {
  r8unorm: 1,
  r16float: 2,
  rgba8unorm: 4,
  'rgba8unorm-srgb': 4,
  bgra8unorm: 4,
  'bgra8unorm-srgb': 4,
  r32float: 4,
  rg16float: 4,
  rgba16float: 8,
  rg32float: 8,
  rgba32float: 16,
};

/**
 * Counts the bytes of all buffers and textures that are created from now on, until they are destroyed or collected. Textures
 * have one level and one sample.
 *
 * @returns {() => number} the bytes now.
 */
export function countBytes() {
  let bytes = 0;
  const collected = new FinalizationRegistry((size) => {
    bytes -= size;
  });
  /** @type {WeakMap<object, number>} */
  const sizes = new WeakMap();
  const watch = (type, create, sizeOf) => {
    const { prototype } = GPUDevice;
    const original = prototype[create];
    prototype[create] = function (descriptor) {
      const made = original.call(this, descriptor);
      const size = sizeOf(descriptor);
      bytes += size;
      sizes.set(made, size);
      collected.register(made, size, made);
      return made;
    };
    const { destroy } = type.prototype;
    type.prototype.destroy = function () {
      if (collected.unregister(this)) bytes -= sizes.get(this);
      return destroy.call(this);
    };
  };
  watch(GPUBuffer, 'createBuffer', ({ size }) => size);
  watch(GPUTexture, 'createTexture', ({ size, format }) => {
    if (!(format in PIXEL)) throw new Error(`The size of a pixel of ${format} is not known.`);
    const [width, height = 1, layers = 1] = Array.isArray(size)
      ? size
      : [size.width, size.height, size.depthOrArrayLayers];
    return width * height * layers * PIXEL[format];
  });
  return () => bytes;
}
