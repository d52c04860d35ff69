/** The browser under test, and pages that can reach only this machine. */
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { withoutWrapper } from '../scripts/setup/browser.mjs';
import { SetupError } from '../scripts/setup/command.mjs';
import { bench } from './paths.mjs';

/** As in tests/browser/chromium.ts, less the camera. */
export const args = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A second barrier behind that of visit(): only this machine's name resolves.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];

const webGpu = [
  '--enable-unsafe-webgpu',
  '--enable-features=Vulkan',
  // Timestamps in nanoseconds, not in steps of 0.1 ms.
  '--enable-webgpu-developer-features',
];

/** @typedef {'none' | 'emulated' | 'hardware'} GpuChoice */

/** The GPU flags of each choice. */
const gpuFlags = {
  none: [],
  emulated: [
    ...webGpu,
    '--use-webgpu-adapter=swiftshader',
    '--use-angle=swiftshader',
    '--use-vulkan=swiftshader',
  ],
  hardware: webGpu,
};

/**
 * Starts Chromium.
 *
 * - `none`: without any GPU flag, as users start it. Where Chromium finds no graphics card, it offers no WebGPU adapter, and draws
 *   pages and 2D canvases on the CPU. Figures "without a GPU" are measured like this.
 * - `emulated`: WebGPU, WebGL2, pages and 2D canvases on SwiftShader, the same on every machine. No user has such a browser: its
 *   figures compare the work of WebGPU configurations.
 * - `hardware`: the graphics card, with WebGPU also where Chromium disables it by default.
 *
 * @param {string} executablePath
 * @param {GpuChoice} gpu
 */
export async function launch(executablePath, gpu) {
  const options = { executablePath, args: [...args, ...gpuFlags[gpu]] };
  return chromium.launch(gpu === 'none' ? withoutGpuFlags(options) : options).catch((error) => {
    throw new SetupError(`${executablePath} does not start: ${error.message}`);
  });
}

/**
 * Removes the GPU flags that others add to a launch: Debian's script around the browser, and Playwright.
 *
 * @param {import('playwright-core').LaunchOptions} options
 */
export function withoutGpuFlags({ executablePath, ...options }) {
  return {
    ...options,
    executablePath: withoutWrapper(executablePath),
    ignoreDefaultArgs: ['--enable-unsafe-swiftshader'],
  };
}

/**
 * Limits all pages of a context to one server. Other requests are aborted.
 *
 * @param {import('playwright-core').BrowserContext} context
 * @param {string} origin of the server.
 * @returns {Promise<{ refused: Set<string> }>} the URLs of the aborted requests, added as they occur.
 */
export async function confine(context, origin) {
  const refused = new Set();
  await context.route(
    (url) => url.origin !== origin && url.protocol.startsWith('http'),
    (route) => {
      refused.add(route.request().url());
      return route.abort();
    },
  );
  return { refused };
}

/**
 * @typedef {object} Visit
 * @property {import('playwright-core').Page} page
 * @property {import('playwright-core').Page['evaluate']} evaluate like the page's. Also rejects if a GPU device reported an
 *   error that no script handled, because then the figures are of less work.
 * @property {string} base URL below which the page finds all files, with a slash at the end.
 * @property {() => string[]} refused URLs of other servers that the page requested; the requests were aborted.
 * @property {() => string} pageErrors the errors that the page logged to its console.
 * @property {() => Promise<void>} close
 */

/**
 * Opens an empty page in a context of its own.
 *
 * @param {import('playwright-core').Browser} browser
 * @param {import('./server.mjs').LocalServer} server
 * @param {string} visitor the page's name, see {@link serve}.
 * @param {string[]} scripts files to run in the page before anything else.
 * @returns {Promise<Visit>}
 */
export async function visit(browser, server, visitor, scripts = []) {
  const context = await browser.newContext();
  const { refused } = await confine(context, server.origin);
  const pageErrors = [];
  const gpuErrors = [];
  for (const path of [join(bench, 'page', 'gpu-errors.js'), ...scripts])
    await context.addInitScript({ path });
  const page = await context.newPage();
  page.on('console', (message) => message.type() === 'error' && pageErrors.push(message.text()));
  page.on('pageerror', ({ message }) =>
    (message.startsWith('WebGPU: ') ? gpuErrors : pageErrors).push(message),
  );
  const base = `${server.origin}/${visitor}/`;
  await page.goto(`${base}bench/page/page.html`);
  return {
    page,
    evaluate: async (...args) => {
      const result = await page.evaluate(...args);
      if (gpuErrors.length > 0) throw new Error(gpuErrors.splice(0).join('\n'));
      return result;
    },
    base,
    refused: () => [...refused],
    pageErrors: () => pageErrors.join('\n'),
    close: () => context.close(),
  };
}
