/** `npm run lab -- builds`: compares builds of the module `cyclorama_cpu`, and one worker with two. */
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

export const summary = 'compares builds of the module cyclorama_cpu, and one worker with two';

export const help = `Usage: npm run lab -- builds [options] [FOLDER]...

Times frames of the clip (720p, I420) in builds of the module cyclorama_cpu, in turns, in Chromium without GPU flags. Each
folder contains a build: cyclorama_cpu.js and cyclorama_cpu_bg.wasm. The first is compared with itself in two workers that
take the frames by turns: an upper bound for a pipeline of two workers, which would wait for its slower half.

  --rounds N      number of rounds (default: 20)
  --frames N      single frames of each build in a round (default: 10)
  --seconds S     frames without a pause in each round (default: 1)
  --json          print the figures as JSON
  -h, --help      show this text

Without a folder: the module of ts/wasm.`;

const STAGES = ['import', 'preprocess', 'inference', 'refine', 'composite', 'output', 'total'];
const MODEL = 'models/selfie_segmentation_landscape.tflite';
const FILES = ['cyclorama_cpu.js', 'cyclorama_cpu_bg.wasm'];

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
  const builds = await Promise.all(folders.map(readBuild));
  Object.assign(process.env, await prepare({ packages: true, browser: true }));
  let results;
  await step('builds', async () => {
    results = await measure(builds, protocol);
  });
  console.log(values.json ? JSON.stringify(results, undefined, 2) : `\n${render(results)}`);
}

async function readBuild(folder) {
  const files = await Promise.all(FILES.map((file) => readFile(join(folder, file)))).catch((error) => {
    throw new SetupError(`${folder} contains no build of cyclorama_cpu: ${error.message}`);
  });
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 };
  const sizes = await Promise.all(files.map((file) => promisify(brotliCompress)(file, { params })));
  return { folder, compressed: sizes.reduce((sum, { length }) => sum + length, 0) };
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
      module: `${base}build/${index}/${FILES[0]}`,
    }));
    contenders.push({ ...contenders[0], workers: 2 });
    const options = { base, contenders, model: MODEL, ...protocol, url: `${base}bench/builds/page.js` };
    const found = await page.evaluate(
      async (options) => (await import(options.url)).measure(options),
      options,
    );
    return found.map(({ stages, rates }, index) => ({
      folder: contenders[index].folder,
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
  const rows = results.map(({ folder, workers, compressed, stagesMs, framesPerSecond }) => [
    folder,
    workers,
    (compressed / 1000).toFixed(1),
    ...STAGES.map((stage) => stagesMs[stage].toFixed(2)),
    framesPerSecond.toFixed(1),
  ]);
  return table(['build', 'workers', 'kB brotli', ...STAGES, 'frames/s'], rows);
}
