/** Opens the demo's check page in every engine and collects the reports. */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { root } from '../../setup/paths.mjs';
import { step } from '../../setup/progress.mjs';

/** Time limit of a part of the check, in milliseconds. Software GPUs are slow. */
const PART_LIMIT = 900_000;

/** The engines with their titles, in the order of the tables. */
export const engineTitles = {
  chromium: 'Chromium',
  'chromium-webgl': 'Chromium, WebGPU off',
  firefox: 'Firefox ESR',
  'firefox-webgpu': 'Firefox ESR, WebGPU on',
  webkit: 'WebKitGTK, track streams on',
  'webkit-captured': 'WebKitGTK, track streams off',
};

/**
 * @typedef {object} EngineReport
 * @property {string} version as the browser reports it.
 * @property {object} report of the page, with the rows of all parts.
 */

/**
 * Builds the demo and runs the check in engines, one after another. Each part of the check has its own page:
 * WebKitGTK gives WebGL to the first thread of a process that asks for it.
 *
 * @param {string[]} names of {@link engineTitles}.
 * @returns {Promise<Record<string, EngineReport>>} by the name of the engine; without engines that are not installed.
 */
export async function collect(names) {
  // Imported late, because set-up may have only just installed Vite.
  const { preview, runnerImport } = await import('vite');
  const load = async (file) => (await runnerImport(join(root, file))).module;
  const site = await load('tests/browser/demo/site.ts');
  const engines = await load('tests/browser/engines/engine.ts');
  const format = await load('demo-chime/src/check/report.ts');
  await step('the demo', () => site.default());
  const server = await preview({
    root: site.root,
    logLevel: 'warn',
    build: { outDir: site.site },
    preview: { host: '127.0.0.1' },
  });
  const url = `${server.resolvedUrls.local[0]}check.html`;
  const reports = {};
  try {
    for (const name of names) {
      const reason = engines.unavailable(name);
      if (reason) {
        console.log(`  – ${engineTitles[name]}: ${reason}`);
        continue;
      }
      await step(engineTitles[name], async (report) => {
        reports[name] = await checkEngine(await engines.launch(name), url, format, report);
        return format.summary(reports[name].report.rows);
      });
    }
  } finally {
    await server.close();
  }
  return reports;
}

async function checkEngine(engine, url, format, onLine) {
  const parts = [];
  try {
    for (const group of format.GROUP_NAMES) {
      parts.push(await checkPart(engine, `${url}?only=${group}`, group, onLine));
    }
    return { version: nameOf(engine.version), report: merge(parts, format) };
  } finally {
    await engine.close();
  }
}

/** `firefox/153.7.0` as `Firefox 153.7.0`. */
const nameOf = (version) => version.charAt(0).toUpperCase() + version.slice(1).replace('/', ' ');

/** Runs one part. If the page crashes, the part fails. */
async function checkPart(engine, url, group, onLine) {
  let page;
  try {
    page = await engine.open(url);
    await page.run(() => document.getElementById('start').click());
    const end = performance.now() + PART_LIMIT;
    for (;;) {
      const { state, progress, report } = await page.run(() => ({
        state: document.documentElement.dataset.check,
        progress: document.getElementById('progress').textContent,
        report: document.getElementById('report').textContent,
      }));
      if (state === 'done') return JSON.parse(report);
      if (state !== 'running') throw new Error(`the page ended as ${state}`);
      if (performance.now() > end)
        throw new Error(`${progress} has not ended within ${PART_LIMIT / 1000} seconds`);
      onLine(progress);
      await pause(500);
    }
  } catch (error) {
    const detail = error.message.split('\n')[0];
    return { rows: [{ group, id: 'page', title: 'The page', status: 'failed', detail }] };
  } finally {
    await page?.close();
  }
}

/** Merges reports. Drops the duration of each check, which depends on the machine. */
function merge(parts, { settleDeviations }) {
  const rows = settleDeviations(parts.flatMap((part) => part.rows)).map(({ took: _, ...row }) => row);
  const { rows: __, ...head } = parts.find(({ schema }) => schema !== undefined) ?? { rows };
  return { ...head, rows };
}
