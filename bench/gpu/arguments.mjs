/** The command line of `npm run bench:gpu`. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { oneOf, wholeNumber } from '../../scripts/lab/options.mjs';
import { SetupError } from '../../scripts/setup/command.mjs';
import { output } from '../paths.mjs';

/** Where to run Dawn here: on Chromium's SwiftShader, or on the drivers of this machine. */
const gpus = ['emulated', 'hardware'];
const usualFolder = join(output, 'gpu');

/** What is measured. `queuedMs`, `awaitedMs` and `timed`: see kit/measure.mjs. */
const whole = { rounds: 8, frames: 10, queuedMs: 400, awaitedMs: 150, timed: 40, budget: 235 };
const local = { rounds: 6, frames: 2, queuedMs: 400, awaitedMs: 150, timed: 4, budget: 900 };
const quick = { rounds: 2, frames: 1, queuedMs: 1, awaitedMs: 1, timed: 1, budget: 900 };
const allSizes = [
  [1280, 720],
  [640, 360],
  [1920, 1080],
  [3840, 2160],
];

export const help = `Usage: npm run bench -- gpu [options]

Measures the WebGPU module on a graphics card without a browser: in Node.js over Dawn, the WebGPU of Chrome, next to
LiteRT.js and ONNX Runtime Web in the same process, and natively over Vulkan. Packs a folder of less than 45 MB for another
machine (Linux, x64), and prints the commands that run it there and bring the report back. That run takes 4 minutes.
That machine needs a glibc at least as new as this one's. VK_DRIVER_FILES chooses another Vulkan driver, here and there.
\`npm run bench:gpu\` is the same command.

  --pack FOLDER     the folder (default bench/output/gpu)
  --no-native       leave out the native program, whose optimized build takes minutes
  --local           measure on this machine instead, without the native program
  --gpu NAME        with --local: emulated, Chromium's SwiftShader, or hardware, this machine's drivers
                    (default emulated, which needs Linux)
  --engine NAME     with --local: cyclorama, litert or onnxruntime; may be repeated (default all)
  --rounds NUMBER   number of rounds (default ${whole.rounds}, with --local ${local.rounds})
  --quick           with --local: 720p and one model, ${quick.rounds} short rounds
  --json FILE       with --local: write the report to this file, which the benchmark page opens
  --no-build        use the previous build, even if it is out of date
  -h, --help        show this text`;

/** The modules of bench/engines that can be measured, ours first. */
export const engineNames = ['cyclorama', 'litert', 'onnxruntime'];

/**
 * @typedef {object} Settings
 * @property {boolean} local
 * @property {string} pack the folder to write.
 * @property {boolean} native whether to pack the native program.
 * @property {'emulated' | 'hardware'} gpu
 * @property {string[]} engines names of {@link engineNames}.
 * @property {string[]} models names of bench/models.mjs.
 * @property {[number, number][]} sizes of whole frames, in pixels.
 * @property {{ rounds: number, frames: number, queuedMs: number, awaitedMs: number, timed: number, budget: number }} effort
 * @property {string} [json]
 * @property {boolean} build whether to build the package first.
 */

/**
 * @param {string[]} args
 * @param {string} platform as `process.platform`.
 * @returns {Settings}
 * @throws {Error} if an option or its value is invalid.
 */
export function parseArguments(args, platform = process.platform) {
  const { values } = parseArgs({
    args,
    options: {
      pack: { type: 'string' },
      'no-native': { type: 'boolean' },
      local: { type: 'boolean', default: false },
      gpu: { type: 'string' },
      engine: { type: 'string', multiple: true },
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      'no-build': { type: 'boolean', default: false },
    },
  });
  for (const name of ['gpu', 'engine', 'quick', 'json']) {
    if (values[name] && !values.local) throw new SetupError(`--${name} needs --local.`);
  }
  for (const name of ['pack', 'no-native']) {
    if (values[name] && values.local) throw new SetupError(`--${name} cannot be combined with --local.`);
  }
  const { pack = usualFolder, gpu = gpus[0], engine = engineNames } = values;
  oneOf('--gpu', gpu, gpus);
  // Elsewhere Dawn runs on Metal or Direct3D, and reads no Vulkan driver.
  if (values.local && gpu === 'emulated' && platform !== 'linux') {
    throw new SetupError('--gpu emulated needs Linux: add --gpu hardware.');
  }
  for (const name of engine) oneOf('--engine', name, engineNames);
  const preset = values.quick ? quick : values.local ? local : whole;
  const rounds = values.rounds === undefined ? preset.rounds : wholeNumber('--rounds', values.rounds, 1);
  return {
    local: values.local,
    pack,
    native: !values['no-native'],
    gpu,
    engines: engineNames.filter((name) => engine.includes(name)),
    models: values.quick ? ['landscape'] : ['landscape', 'general'],
    sizes: values.quick ? allSizes.slice(0, 1) : allSizes,
    effort: { ...preset, rounds },
    json: values.json,
    build: !values['no-build'],
  };
}
