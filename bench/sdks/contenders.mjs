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

const EMULATED = 'WebGL2';

/** @type {Contender[]} */
export const contenders = [
  { name: 'passthrough', module: 'passthrough.js', isRaw: true },
  ...['cpu', 'webgl', 'webgpu'].flatMap((backend) =>
    ['high', 'auto'].map((quality) => ({
      name: `cyclorama-${backend}-${quality}`,
      module: 'cyclorama.js',
      options: { backend, quality },
    })),
  ),
  {
    name: 'cyclorama-default',
    module: 'cyclorama.js',
    note: 'backend and quality `auto`, as without options',
  },
  {
    name: 'cyclorama-chime-cpu',
    module: 'chime.js',
    options: { backend: 'cpu' },
    host: 'amazon-chime-sdk-js',
    note: "in the Amazon Chime SDK's pipeline: canvas in, canvas out; quality `auto`",
  },
  {
    name: 'cyclorama-chime-webgl',
    module: 'chime.js',
    options: { backend: 'webgl' },
    host: 'amazon-chime-sdk-js',
    note: "in the Amazon Chime SDK's pipeline: canvas in, canvas out; quality `auto`",
  },
  {
    name: 'twilio',
    module: 'twilio.js',
    package: '@twilio/video-processors',
    host: 'twilio-video',
    backend: EMULATED,
    note: 'blur radius 15, the default',
  },
  {
    name: 'twilio-canvas2d',
    module: 'twilio.js',
    options: { pipeline: 'canvas2d' },
    package: '@twilio/video-processors',
    host: 'twilio-video',
    backend: 'wasm, canvas 2D',
    note: 'has no option for this pipeline, so WebGL2 is hidden from it, and it runs on the page',
  },
  {
    name: 'mediapipe-cpu',
    module: 'mediapipe.js',
    options: { delegate: 'CPU' },
    package: '@mediapipe/tasks-vision',
    backend: 'wasm, canvas 2D',
    note: 'no SDK but code of our own around the segmenter; the video moves on while the segmenter works, so its mask is older than the image and its latency looks low',
  },
  {
    name: 'mediapipe-gpu',
    module: 'mediapipe.js',
    options: { delegate: 'GPU' },
    package: '@mediapipe/tasks-vision',
    backend: `${EMULATED}, canvas 2D`,
    note: 'as mediapipe-cpu',
  },
  {
    name: 'livekit',
    module: 'livekit.js',
    package: '@livekit/track-processors',
    host: 'livekit-client',
    backend: EMULATED,
    note: 'blur radius 10; the general model (256x256), its default, where others use the landscape model (256x144)',
  },
  {
    name: 'getstream',
    module: 'getstream.js',
    package: '@stream-io/video-filters-web',
    backend: EMULATED,
    note: 'blur `medium`',
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
