/** Measures one contender once, in a fresh browser. */
import { launch } from './browser.mjs';
import { latencies, summarizeStart, summarizeWindow } from './figures.mjs';
import { CpuMeter, memoryOf } from './processes.mjs';

/** Longest wait in ms for the first processed frame, and for a run besides the durations of the settings. */
const FIRST_FRAME = 45_000;
const LIMIT = 90_000;
/** How long the camera alone is read at the start, in ms. */
const RAW_START = 2_000;

/**
 * @typedef {object} Sample the figures of one run.
 * @property {string} [error] why the others are missing.
 * @property {string[]} refused hosts of other servers that the page requested.
 * @property {string[]} files that the page loaded, as paths on disk.
 * @property {string} [backend]
 * @property {string[]} [sizes] of the output since the start, in order of appearance.
 * @property {number} [fps]
 * @property {number} [distinctFps]
 * @property {number} [cpuMsPerFrame]
 * @property {number} [othersCores]
 * @property {number} [mainThreadBusy]
 * @property {number} [longTasks]
 * @property {number} [latencyMs]
 * @property {number} [latencyP95Ms]
 * @property {number} [firstProcessedMs]
 * @property {number} [createToFirstMs]
 * @property {number} [rawFramesBefore]
 * @property {number} [rawFrames]
 * @property {number} [dropped]
 * @property {Record<string, number>} [stages] median times in ms.
 * @property {number} [memoryBytes]
 */

/**
 * @param {object} run
 * @param {import('./contenders.mjs').Contender} run.contender
 * @param {import('./arguments.mjs').Settings} run.settings
 * @param {import('./film.mjs').Format} run.format
 * @param {import('./film.mjs').Film} run.film
 * @param {string} run.executablePath
 * @param {import('../server.mjs').LocalServer} run.server
 * @param {string} run.visitor the page's name.
 * @param {(line: string) => void} run.report
 * @returns {Promise<Sample>}
 */
export async function measure({ executablePath, server, visitor, ...run }) {
  const refused = new Set();
  const pageErrors = [];
  let launched;
  try {
    launched = await launch(executablePath, run.film.path);
    const page = await launched.browser.newPage();
    listen(page, server.origin, refused, pageErrors);
    await page.goto(`${server.origin}/${visitor}/bench/sdks/page/page.html`);
    const { warmUp, window, latency } = run.settings;
    const figures = await within(
      LIMIT + warmUp + window + latency,
      conduct({ ...run, page, process: launched.process }),
    );
    return { ...figures, refused: [...refused], files: server.filesOf(visitor) };
  } catch (error) {
    const message = error.message.replace(/^page\.\w+: (Error: )?/, '');
    return { error: [message, ...pageErrors].join('\n'), refused: [...refused], files: [] };
  } finally {
    await launched?.close();
  }
}

/** Collects the hosts of other servers that a page requests, and the page's errors. */
function listen(page, origin, refused, pageErrors) {
  page.on('requestfailed', (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith('http') && url.origin !== origin) refused.add(url.host);
  });
  page.on('console', (message) => message.type() === 'error' && pageErrors.push(message.text()));
  page.on('pageerror', (error) => pageErrors.push(error.message));
}

async function conduct({ page, process, contender, settings, format, film, report }) {
  await page.waitForFunction(() => globalThis.harness);
  const harness = (method, ...args) =>
    page.evaluate(([name, values]) => globalThis.harness[name](...values), [method, args]);
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Performance.enable');

  report('camera');
  await harness('openCamera', format);
  report('start');
  const { module, options } = contender;
  const start = summarizeStart(
    await harness('start', { module, options }, contender.isRaw ? RAW_START : FIRST_FRAME),
  );
  if (start.firstProcessedMs === undefined && !contender.isRaw) {
    throw new Error(`No processed frame within ${FIRST_FRAME / 1000} s, and ${start.rawFrames} raw frames.`);
  }
  report('warm-up');
  await harness('count', settings.warmUp);

  report('window');
  const before = await harness('status');
  const meter = new CpuMeter(process);
  await meter.start();
  const busy = await mainThreadTime(devtools);
  const window = summarizeWindow(await harness('count', settings.window));
  const mainThreadBusy = ((await mainThreadTime(devtools)) - busy) / window.duration;
  const { cpuMs, othersCores } = await meter.stop();
  const memoryBytes = await memoryOf(process);
  const after = await harness('status');

  report('latency');
  const compared = await harness('compare', settings.latency);
  const { rawFrames, repeated, ...latency } = latencies(compared, { ...format, ...film });
  return {
    backend: after?.backend ?? contender.backend,
    sizes: window.sizes,
    fps: window.fps,
    distinctFps: window.fps * (1 - repeated),
    cpuMsPerFrame: cpuMs === undefined || window.frames === 0 ? undefined : cpuMs / window.frames,
    othersCores,
    mainThreadBusy,
    longTasks: window.longTasks,
    ...latency,
    firstProcessedMs: start.firstProcessedMs,
    createToFirstMs: start.createToFirstMs,
    rawFramesBefore: start.rawFramesBefore,
    rawFrames: start.rawFrames + rawFrames,
    dropped: after && after.dropped - before.dropped,
    stages: after?.stages,
    memoryBytes,
  };
}

/** The time in ms that the page's main thread has spent in tasks. */
async function mainThreadTime(devtools) {
  const { metrics } = await devtools.send('Performance.getMetrics');
  return 1000 * metrics.find(({ name }) => name === 'TaskDuration').value;
}

/** Rejects if a promise takes too long, in ms. */
async function within(limit, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`It does not end within ${Math.round(limit / 1000)} s.`)),
      limit,
    );
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
