/** Decodes the page's video frame by frame, adds the marker, and posts each frame as I420 to the server. */
import { MOST_FRAMES, rectangles } from './marker.mjs';

/** @param {import('../film.mjs').Format} format */
globalThis.film = async ({ width, height, frameRate }) => {
  const video = document.querySelector('video');
  if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) {
    await new Promise((resolve, reject) => {
      video.onloadeddata = resolve;
      video.onerror = () => reject(new Error(video.error.message));
    });
  }
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  context.imageSmoothingQuality = 'high';
  const count = Math.min(MOST_FRAMES, Math.round(video.duration * frameRate));
  for (let number = 0; number < count; number++) {
    await seek(video, (number + 0.5) / frameRate);
    context.drawImage(video, 0, 0, width, height);
    const planes = toI420(context.getImageData(0, 0, width, height));
    for (const rectangle of rectangles(number, { width, height })) paint(planes, width, height, rectangle);
    await fetch('/', { method: 'POST', body: planes });
  }
};

function seek(video, time) {
  return new Promise((resolve) => {
    video.onseeked = resolve;
    video.currentTime = time;
  });
}

/** Y'CbCr of BT.709 in limited range. Each chroma sample is the mean of four pixels. */
function toI420({ data, width, height }) {
  const planes = new Uint8ClampedArray((width * height * 3) / 2);
  const chroma = width * height;
  const quarter = chroma / 4;
  for (let y = 0; y < height; y += 2) {
    for (let x = 0; x < width; x += 2) {
      let [red, green, blue] = [0, 0, 0];
      for (const pixel of [y * width + x, y * width + x + 1, (y + 1) * width + x, (y + 1) * width + x + 1]) {
        const [r, g, b] = [data[4 * pixel], data[4 * pixel + 1], data[4 * pixel + 2]];
        planes[pixel] = 16 + 0.1826 * r + 0.6142 * g + 0.062 * b;
        red += r / 4;
        green += g / 4;
        blue += b / 4;
      }
      const at = chroma + (y / 2) * (width / 2) + x / 2;
      planes[at] = 128 - 0.1006 * red - 0.3386 * green + 0.4392 * blue;
      planes[at + quarter] = 128 + 0.4392 * red - 0.3989 * green - 0.0403 * blue;
    }
  }
  return planes;
}

/** Paints a gray rectangle. */
function paint(planes, width, height, { x, y, width: columns, height: rows, luma }) {
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      planes[(y + row) * width + x + column] = luma(column, row);
    }
  }
  for (const plane of [width * height, (width * height * 5) / 4]) {
    for (let row = Math.floor(y / 2); row < Math.ceil((y + rows) / 2); row++) {
      const begin = plane + (row * width) / 2;
      planes.fill(128, begin + Math.floor(x / 2), begin + Math.ceil((x + columns) / 2));
    }
  }
}
