/** Whole frames of Cyclorama and of rival SDKs. The package is built before. */
import { join } from 'node:path';
import { build } from 'vite';
import { withoutWrapper } from '../../scripts/setup/browser.mjs';
import { root } from '../../scripts/setup/paths.mjs';
import { step } from '../../scripts/setup/progress.mjs';
import { digest, unlessStamped } from '../../scripts/setup/stamp.mjs';
import { describeMachine } from '../machine.mjs';
import { preparePeers } from '../packages.mjs';
import { bench, hosts } from '../paths.mjs';
import { openOutput } from '../report/output.mjs';
import { brotliBytes } from '../runtimes/downloads.mjs';
import { pageWriter } from '../sections.mjs';
import { serve } from '../server.mjs';
import { formats, USUAL_SIZE } from './arguments.mjs';
import { launch } from './browser.mjs';
import { contenders, versionOf } from './contenders.mjs';
import { prepareFilm } from './film.mjs';
import { measure } from './measure.mjs';
import { renderReport, renderSummary } from './report.mjs';
import { rowOf } from './rows.mjs';

/** The user's pages with the summary. */
const PAGES = ['docs/performance.md', 'docs/comparison.md'];
const CHIME = 'amazon-chime-sdk-js';

/**
 * @typedef {Awaited<ReturnType<typeof describeMachine>> & { webgl?: string, webgpu?: string, prioritized: boolean }} Machine
 *   `webgl` and `webgpu` are the names of the adapters.
 */

/**
 * @param {import('./arguments.mjs').Settings} settings
 * @param {string} browserPath
 */
export async function runSdks(settings, browserPath) {
  const isUsual = settings.size.includes(USUAL_SIZE);
  const output = await openOutput('sdks', settings, isUsual ? 'sdks' : 'sdks-sizes');
  const pages = settings.markdown && isUsual ? PAGES : [];
  const summaries = await Promise.all(pages.map((page) => pageWriter(page, ['sdks'])));
  const result = await measureSdks(settings, withoutWrapper(browserPath));
  await output({ result, text: renderReport(result) });
  if (result.rows.every(({ n }) => n === 0)) throw new Error('Nothing could be measured.');
  for (const write of summaries) await write('sdks', renderSummary(result));
}

/**
 * @param {import('./arguments.mjs').Settings} settings
 * @param {string} executablePath
 * @returns {Promise<import('./report.mjs').Result>}
 */
export async function measureSdks(settings, executablePath) {
  const chosen = contenders.filter(({ name }) => settings.only.includes(name));
  if (chosen.some((contender) => contender.package)) await preparePeers();
  if (chosen.some(({ host }) => host === CHIME)) await bundleChime();
  const films = new Map();
  for (const size of settings.size) films.set(size, await prepareFilm(executablePath, size, formats[size]));

  const server = await serve({ 'cache-control': 'max-age=3600' });
  try {
    const setup = { settings, executablePath, server };
    const machine = await describe(setup, films.get(settings.size[0]));
    const samples = await takeTurns(setup, chosen, films);
    let rows;
    await step('download sizes', async (report) => {
      rows = await assemble(samples, report);
    });
    const { rounds, window } = settings;
    return { machine, settings: { rounds, window }, rows };
  } finally {
    server.close();
  }
}

/** The Chime SDK consists of CommonJS modules, which no browser loads. */
async function bundleChime() {
  await step('bundle of the Chime SDK', async () => {
    const entry = join(bench, 'sdks', 'contenders', 'chime-sdk.js');
    const product = join(hosts, `${CHIME}.js`);
    const value = await digest(['bench/sdks/contenders/chime-sdk.js', 'package-lock.json']);
    const made = await unlessStamped(`${product}.stamp`, value, [product], () =>
      build({
        configFile: false,
        root,
        logLevel: 'error',
        build: {
          outDir: hosts,
          emptyOutDir: false,
          lib: { entry, formats: ['es'], fileName: () => `${CHIME}.js` },
        },
        define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
      }),
    );
    return made ? '' : 'up to date';
  });
}

/** @returns {Promise<Machine>} */
async function describe({ executablePath, server }, film) {
  const { browser, prioritized, close } = await launch(executablePath, film.path);
  try {
    const page = await browser.newPage();
    await page.goto(`${server.origin}/machine/bench/sdks/page/page.html`);
    await page.waitForFunction(() => globalThis.harness);
    const adapters = await page.evaluate(() => globalThis.harness.adapters());
    return { ...(await describeMachine(browser)), ...adapters, prioritized };
  } finally {
    await close();
  }
}

/**
 * The first round of every contender, then the second of every contender, and so on.
 *
 * @returns {Promise<{ contender: import('./contenders.mjs').Contender, size: string,
 *   samples: import('./measure.mjs').Sample[] }[]>}
 */
async function takeTurns(setup, chosen, films) {
  const runs = [...films.keys()].flatMap((size) =>
    chosen.map((contender) => ({ contender, size, samples: [] })),
  );
  const { rounds } = setup.settings;
  for (let round = 0; round < rounds; round++) {
    for (const index of runs.keys()) {
      // The order rotates, so that the contenders take turns in going first.
      const run = runs[(index + round) % runs.length];
      const { contender, size, samples } = run;
      await step(`${round + 1}/${rounds} ${contender.name} ${size}`, async (report) => {
        const visitor = `${contender.name}-${size}-${round}`;
        const rest = { contender, format: formats[size], film: films.get(size), visitor, report };
        const sample = await measure({ ...setup, ...rest });
        samples.push(sample);
        return sample.error ? `failed: ${sample.error.split('\n')[0]}` : describeSample(sample);
      });
    }
  }
  return runs;
}

const describeSample = ({ fps, cpuMsPerFrame, sizes }) =>
  `${fps.toFixed(1)} fps, ${cpuMsPerFrame?.toFixed(1) ?? '?'} CPU ms a frame, ${sizes.at(-1)}`;

/** The rows of all contenders, with the sizes of their downloads. */
function assemble(runs, report) {
  return Promise.all(
    runs.map(async ({ contender, size, samples }) => {
      const version = await versionOf(contender);
      const files = samples.flatMap((sample) => sample.files).filter((file) => !isHost(file));
      const downloadBytesBrotli = await brotliBytes([...new Set(files)], downloads);
      report(contender.name);
      return rowOf({ name: contender.name, version, size, downloadBytesBrotli }, samples);
    }),
  );
}

/** Folders whose files count as download: the SDKs and Cyclorama. */
const downloads = [join(bench, 'node_modules'), join(root, 'ts')];
const hostFolders = ['livekit-client', 'twilio-video'].map((name) => join(bench, 'node_modules', name, '/'));
const isHost = (file) => hostFolders.some((folder) => file.startsWith(folder));
