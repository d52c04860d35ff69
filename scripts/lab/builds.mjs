/** `npm run lab -- builds`: compares builds of the modules for the CPU, and one worker with two. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { table } from '../../bench/markdown.mjs';
import { median } from '../../bench/statistics.mjs';
import { SetupError } from '../setup/command.mjs';
import { wasmOutput } from '../setup/paths.mjs';
import { prepare } from '../setup/prepare.mjs';
import { step } from '../setup/progress.mjs';
import { positive, wholeNumber } from './options.mjs';

export const summary = 'compares builds of the modules for the CPU, and one worker with two';

export const help = `Usage: npm run lab -- builds [options] [FOLDER]...

Times frames of the clip (720p, I420) in builds of the modules for the CPU, in turns, in Chromium without GPU flags. Each
folder contains cyclorama_cpu.js with cyclorama_cpu_bg.wasm, cyclorama_cpu_relaxed_bg.wasm or both. The first module is
compared with itself in two workers that take the frames by turns: an upper bound for a pipeline of two workers, which
would wait for its slower half.

  --rounds N      number of rounds (default: 20)
  --frames N      single frames of each build in a round (default: 10)
  --seconds S     frames without a pause in each round (default: 1)
  --json          print the figures as JSON
  -h, --help      show this text

Without a folder: the modules of ts/wasm.`;

const STAGES = ['import', 'preprocess', 'inference', 'refine', 'composite', 'output', 'total'];
const MODEL = 'models/selfie_segmentation_landscape.tflite';
const SCRIPT = 'cyclorama_cpu.js';
const MODULES = ['cyclorama_cpu_bg.wasm', 'cyclorama_cpu_relaxed_bg.wasm'];

export async function run(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '20' },
      frames: { type: 'string', default: '10' },
      seconds: { type: 'string', default: '1' },
      json: { type: 'boolean' },
    },
  });
  const protocol = {
    rounds: wholeNumber('--rounds', values.rounds, 1),
    frames: wholeNumber('--frames', values.frames, 1),
    seconds: positive('--seconds', values.seconds),
  };
  const folders = (positionals.length > 0 ? positionals : [wasmOutput]).map((folder) => resolve(folder));
  const builds = (await Promise.all(folders.map(readBuilds))).flat();
  Object.assign(process.env, await prepare({ packages: true, browser: true }));
  let results;
  await step('builds', async () => {
    results = await measure(builds, protocol);
  });
  console.log(values.json ? JSON.stringify(results, undefined, 2) : `\n${render(results)}`);
}

async function readBuilds(folder) {
  const modules = MODULES.filter((file) => existsSync(join(folder, file)));
  if (modules.length === 0) throw new SetupError(`${folder} contains neither ${MODULES.join(' nor ')}`);
  const script = await weigh(join(folder, SCRIPT));
  return Promise.all(
    modules.map(async (file) => ({ folder, file, compressed: script + (await weigh(join(folder, file))) })),
  );
}

async function weigh(file) {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 };
  return (await promisify(brotliCompress)(await readFile(file), { params })).length;
}

async function measure(builds, protocol) {
  // Imported late: playwright-core was installed by `prepare`.
  const [{ launch, visit }, { serve }] = await Promise.all([
    import('../../bench/browser.mjs'),
    import('../../bench/server.mjs'),
  ]);
  const browser = await launch(process.env.CHROMIUM_PATH, 'none');
  const server = await serve();
  try {
    const { page, base } = await visit(browser, server, 'builds');
    await page.context().route(`${base}build/*/*`, (route) => {
      const [index, file] = new URL(route.request().url()).pathname.split('/').slice(-2);
      return route.fulfill({ path: join(builds[index].folder, file), headers: isolated });
    });
    const contenders = builds.map((build, index) => ({
      ...build,
      workers: 1,
      script: `${base}build/${index}/${SCRIPT}`,
      module: `${base}build/${index}/${build.file}`,
    }));
    contenders.push({ ...contenders[0], workers: 2 });
    const options = { base, contenders, model: MODEL, ...protocol, url: `${base}bench/builds/page.js` };
    const found = await page.evaluate(
      async (options) => (await import(options.url)).measure(options),
      options,
    );
    return found.map(({ stages, rates }, index) => ({
      module: join(contenders[index].folder, contenders[index].file),
      workers: contenders[index].workers,
      compressed: contenders[index].compressed,
      stagesMs: Object.fromEntries(
        STAGES.map((stage) => [stage, median(stages.map((times) => times[stage]))]),
      ),
      framesPerSecond: median(rates),
    }));
  } finally {
    await browser.close();
    server.close();
  }
}

/** As in bench/mounts.mjs: the page is isolated, and so must be what it loads. */
const isolated = {
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

function render(results) {
  const rows = results.map(({ module, workers, compressed, stagesMs, framesPerSecond }) => [
    module,
    workers,
    (compressed / 1000).toFixed(1),
    ...STAGES.map((stage) => stagesMs[stage].toFixed(2)),
    framesPerSecond.toFixed(1),
  ]);
  return table(['module', 'workers', 'kB brotli', ...STAGES, 'frames/s'], rows);
}
