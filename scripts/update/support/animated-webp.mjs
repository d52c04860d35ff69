/** Joins still WebP images into an animated one: https://developers.google.com/speed/webp/docs/riff_container */

/** Bytes of the container's header: `RIFF`, size, `WEBP`. */
const HEADER = 12;
/** The chunks of a still image that hold its pixels. */
const PIXELS = ['ALPH', 'VP8 ', 'VP8L'];
const ANIMATION = 0b10;
const ALPHA = 0b10000;
/** Each frame replaces the one before, in place of being blended with it. */
const NO_BLENDING = 0b10;

/**
 * @param {Uint8Array[]} images still WebP images of one size.
 * @param {{ width: number, height: number, milliseconds: number }} options the images' size, and how long each is shown.
 * @returns {Buffer} an animated WebP image that repeats forever.
 */
export function animate(images, { width, height, milliseconds }) {
  const canvas = Buffer.alloc(10);
  canvas.writeUInt8(ANIMATION | ALPHA, 0);
  canvas.writeUIntLE(width - 1, 4, 3);
  canvas.writeUIntLE(height - 1, 7, 3);
  // Four bytes of background color, and the number of repetitions: 0 is forever.
  const animation = Buffer.alloc(6);
  const frames = images.map((image) => {
    const frame = Buffer.alloc(16);
    frame.writeUIntLE(width - 1, 6, 3);
    frame.writeUIntLE(height - 1, 9, 3);
    frame.writeUIntLE(milliseconds, 12, 3);
    frame.writeUInt8(NO_BLENDING, 15);
    return chunk('ANMF', Buffer.concat([frame, ...pixelChunks(image)]));
  });
  const body = [Buffer.from('WEBP'), chunk('VP8X', canvas), chunk('ANIM', animation), ...frames];
  return chunk('RIFF', Buffer.concat(body));
}

/** A chunk of the container: name, size, content, and a byte of padding after an odd size. */
function chunk(name, content) {
  const head = Buffer.alloc(8);
  head.write(name, 'latin1');
  head.writeUInt32LE(content.length, 4);
  return Buffer.concat([head, content, Buffer.alloc(content.length % 2)]);
}

/** The chunks of a still image that hold its pixels, as they are. */
function pixelChunks(bytes) {
  const image = Buffer.from(bytes);
  if (image.toString('latin1', HEADER - 4, HEADER) !== 'WEBP')
    throw new TypeError('An image is not in the WebP format.');
  const found = [];
  for (let start = HEADER; start < image.length; ) {
    const size = image.readUInt32LE(start + 4);
    const end = start + 8 + size + (size % 2);
    if (PIXELS.includes(image.toString('latin1', start, start + 4))) found.push(image.subarray(start, end));
    start = end;
  }
  return found;
}
