/** The browser under test, and pages that can reach only this machine. */
import { chromium } from 'playwright-core';
import { SetupError } from '../scripts/setup/command.mjs';

/** As in tests/browser/chromium.ts, less the camera. */
const args = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--enable-unsafe-webgpu',
  '--enable-features=Vulkan',
  // A second barrier behind that of visit(): only this machine's name resolves.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
  // Timestamps in nanoseconds, not in steps of 0.1 ms.
  '--enable-webgpu-developer-features',
];

/** Selects the software adapter, which is the same on every machine. */
const software = ['--use-webgpu-adapter=swiftshader', '--use-angle=swiftshader', '--use-vulkan=swiftshader'];

/**
 * @param {string} executablePath
 * @param {{ hardware: boolean }} options whether to use the machine's own graphics card.
 */
export async function launch(executablePath, { hardware }) {
  return chromium
    .launch({ executablePath, args: hardware ? args : [...args, ...software] })
    .catch((error) => {
      throw new SetupError(`${executablePath} does not start: ${error.message}`);
    });
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
  for (const path of scripts) await context.addInitScript({ path });
  const page = await context.newPage();
  page.on('console', (message) => message.type() === 'error' && pageErrors.push(message.text()));
  page.on('pageerror', (error) => pageErrors.push(error.message));
  const base = `${server.origin}/${visitor}/`;
  await page.goto(`${base}bench/page/page.html`);
  return {
    page,
    base,
    refused: () => [...refused],
    pageErrors: () => pageErrors.join('\n'),
    close: () => context.close(),
  };
}
