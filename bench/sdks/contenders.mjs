/** The contenders of `npm run bench:sdks`. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../../scripts/setup/paths.mjs';
import { bench } from '../paths.mjs';

/**
 * @typedef {object} Contender
 * @property {string} name
 * @property {string} module its file in `contenders/`.
 * @property {object} [options] further arguments of the module's `start`.
 * @property {string} [package] npm package in bench/node_modules. Cyclorama and the camera alone have none.
 * @property {string} [host] npm package of the app's SDK, which does not count as download.
 * @property {string} [backend] what processes the frames, unless the module reports it.
 * @property {string} [note] a difference that the reader of the figures must know.
 * @property {boolean} [isRaw] whether it outputs the camera itself.
 */

const WEBGL = 'WebGL2';
const CANVAS = 'wasm, canvas 2D';

/** @type {Contender[]} */
export const contenders = [
  { name: 'passthrough', module: 'passthrough.js', isRaw: true, note: 'The camera itself, without any SDK.' },
  ...['cpu', 'webgl', 'webgpu'].flatMap((backend) =>
    ['high', 'auto'].map((quality) => ({
      name: `cyclorama-${backend}-${quality}`,
      module: 'cyclorama.js',
      options: { backend, quality },
      note: `Backend \`${backend}\`, quality \`${quality}\`, blur \`medium\`.`,
    })),
  ),
  { name: 'cyclorama-default', module: 'cyclorama.js', note: 'Default options.' },
  ...['cpu', 'webgl'].map((backend) => ({
    name: `cyclorama-chime-${backend}`,
    module: 'chime.js',
    options: { backend },
    host: 'amazon-chime-sdk-js',
    note: "In the Amazon Chime SDK's pipeline: a canvas in, a canvas out. Quality `auto`.",
  })),
  {
    name: 'twilio',
    module: 'twilio.js',
    package: '@twilio/video-processors',
    host: 'twilio-video',
    backend: WEBGL,
    note: 'Blur radius 15, its default.',
  },
  {
    name: 'twilio-canvas2d',
    module: 'twilio.js',
    options: { pipeline: 'canvas2d' },
    package: '@twilio/video-processors',
    host: 'twilio-video',
    backend: CANVAS,
    note: 'No option selects this pipeline. The benchmark hides WebGL2 from the SDK, which then uses it on the page.',
  },
  {
    name: 'mediapipe-cpu',
    module: 'mediapipe.js',
    options: { delegate: 'CPU' },
    package: '@mediapipe/tasks-vision',
    backend: CANVAS,
    note:
      'Not an SDK, but the code that apps write around the segmenter. The video plays on during a segmentation. So the image is ' +
      'newer than its mask, so the latency is that of the image. The segmenter sends telemetry every minute, which the benchmark blocks.',
  },
  {
    name: 'mediapipe-gpu',
    module: 'mediapipe.js',
    options: { delegate: 'GPU' },
    package: '@mediapipe/tasks-vision',
    backend: `${WEBGL}, canvas 2D`,
    note: 'The same with the other delegate.',
  },
  {
    name: 'livekit',
    module: 'livekit.js',
    package: '@livekit/track-processors',
    host: 'livekit-client',
    backend: WEBGL,
    note: 'Blur radius 10, its default. Its default model has 256x256 pixels, those of the others 256x144.',
  },
  {
    name: 'getstream',
    module: 'getstream.js',
    package: '@stream-io/video-filters-web',
    backend: WEBGL,
    note: 'Blur `medium`.',
  },
];

export const contenderNames = contenders.map(({ name }) => name);

/** The contenders of `--quick`. */
export const quickNames = [
  'cyclorama-cpu-high',
  'cyclorama-cpu-auto',
  'cyclorama-webgl-high',
  'twilio-canvas2d',
  'mediapipe-cpu',
];

/** The version of a contender's package. */
export async function versionOf({ package: name, isRaw }) {
  if (isRaw) return undefined;
  const folder = name ? join(bench, 'node_modules', name) : join(root, 'ts');
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')).version;
}
