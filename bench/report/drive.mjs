/** Runs the demo's benchmark page in Chromium unattended. */
import { join } from 'node:path';
import { build, preview, runnerImport } from 'vite';
import { SetupError } from '../../scripts/setup/command.mjs';
import { root } from '../../scripts/setup/paths.mjs';
import { step } from '../../scripts/setup/progress.mjs';
import { confine } from '../browser.mjs';
import { describeMachine } from '../machine.mjs';
import { benchCache } from '../paths.mjs';
import { peers } from '../peers/plugin.mjs';

const demo = join(root, 'demo-chime');
const modules = join(demo, 'src', 'benchmark');
/** Interval between reads of the page's progress, in ms. */
const POLL = 1_000;
/** Time without progress after which the page counts as hung, in ms. */
const TIMEOUT = 300_000;

/** The page's own modules for reports. */
export async function reportModules() {
  const load = async (name) => (await runnerImport(join(modules, name))).module;
  return { ...(await load('report.ts')), ...(await load('tables.ts')) };
}

/** The quality levels of the package. */
export async function qualityLevels() {
  const { module } = await runnerImport(join(root, 'ts', 'src', 'shared', 'quality.ts'));
  return module.QUALITY_LEVELS;
}

/**
 * The query of the page's URL that starts a run. See demo-chime/src/benchmark/settings.ts.
 *
 * @param {object} settings
 * @param {string[]} settings.models
 * @param {string[]} settings.backends
 * @param {string[]} settings.refinements
 * @param {string[]} settings.sizes as WIDTHxHEIGHT.
 * @param {string[]} settings.peers
 * @param {number} settings.rounds
 * @param {number} settings.frames
 * @param {boolean} settings.quality
 */
export function queryOf({ models, backends, refinements, sizes, peers, rounds, frames, quality }) {
  const lists = { models, backends, refinement: refinements, sizes, peers };
  const query = new URLSearchParams();
  for (const [name, values] of Object.entries(lists))
    if (values.length > 0) query.set(name, values.join(','));
  query.set('rounds', rounds);
  query.set('frames', frames);
  query.set('quality', quality ? 1 : 0);
  query.set('run', '');
  return query.toString();
}

/**
 * Builds and serves the page, and runs its benchmark.
 *
 * @param {import('playwright-core').Browser} browser
 * @param {Parameters<typeof queryOf>[0]} settings
 * @returns {Promise<object>} the report. See demo-chime/src/benchmark/report.ts.
 */
export async function drivePage(browser, settings) {
  const served = await serveDemo(settings.peers.length > 0);
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  try {
    const { refused } = await confine(context, served.origin);
    const page = await context.newPage();
    const pageErrors = [];
    page.on('pageerror', (error) => pageErrors.push(error.message));
    await page.goto(`${served.origin}/benchmark.html?${queryOf(settings)}`);
    let report;
    await step('benchmark page', async (say) => {
      report = await watch(page, say, pageErrors);
      return `${report.rows.length} configurations`;
    });
    const { cpu, os, commit } = await describeMachine(browser);
    if (refused.size > 0 && settings.peers.length === 0) {
      throw new Error(
        `The page requested URLs of other servers, which were blocked: ${[...refused].join(', ')}`,
      );
    }
    // Added here, because browsers expose little of them.
    return { ...report, ...(commit && { commit }), machine: { ...report.machine, cpu, os } };
  } finally {
    await context.close();
    await served.close();
  }
}

/** Builds the demo and serves it on a local port, on request with the other engines. */
async function serveDemo(withPeers) {
  const outDir = join(benchCache, withPeers ? 'page-with-peers' : 'page');
  const options = {
    root: demo,
    logLevel: 'error',
    plugins: withPeers ? [peers()] : [],
    build: { outDir, emptyOutDir: true },
  };
  await step('build the benchmark page', async () => {
    await build(options);
  });
  const server = await preview({ ...options, preview: { host: '127.0.0.1', port: 0, strictPort: false } });
  const { port } = server.httpServer.address();
  return { origin: `http://127.0.0.1:${port}`, close: () => server.close() };
}

/** Waits until the page is done, and reports its progress. */
async function watch(page, say, pageErrors) {
  let last;
  let since = performance.now();
  for (;;) {
    const now = await page.evaluate(() => ({
      state: document.documentElement.dataset.benchmark,
      progress: document.querySelector('#progress')?.textContent ?? '',
      problem: document.querySelector('#problem')?.textContent ?? '',
      report: document.querySelector('#report')?.textContent,
    }));
    if (now.state === 'done') return JSON.parse(now.report);
    if (now.state === 'failed' || now.state === 'stopped') {
      throw new SetupError(
        `The benchmark page stopped: ${[now.problem, ...pageErrors].filter(Boolean).join(' ')}`,
      );
    }
    if (now.progress !== last) since = performance.now();
    if (performance.now() - since > TIMEOUT) {
      throw new Error(
        `The benchmark page makes no progress. Its last status: ${last} ${pageErrors.join(' ')}`,
      );
    }
    last = now.progress;
    say(now.progress);
    await new Promise((resolve) => setTimeout(resolve, POLL));
  }
}
