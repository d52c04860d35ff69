/** The browser under test, and pages in it that can reach this machine only. */
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
  // A second wall behind the one in visit(): nothing but this machine has an address.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
  // Timestamps in nanoseconds, not in steps of 0.1 ms.
  '--enable-webgpu-developer-features',
];

/** The software adapter: the same on every machine, and what a machine without a graphics card has. */
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
 * Keeps all pages of a context to one server.
 *
 * @param {import('playwright-core').BrowserContext} context
 * @param {string} origin of the server.
 * @returns {Promise<{ refused: Set<string> }>} what they asked for elsewhere, as it comes in.
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
 * @property {string} base address of the page's own copy of everything, with a slash at the end.
 * @property {() => string[]} refused addresses elsewhere that the page asked for and did not get.
 * @property {() => string} complaints what the page wrote to its console as an error.
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
  const complaints = [];
  for (const path of scripts) await context.addInitScript({ path });
  const page = await context.newPage();
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  const base = `${server.origin}/${visitor}/`;
  await page.goto(`${base}bench/page/page.html`);
  return {
    page,
    base,
    refused: () => [...refused],
    complaints: () => complaints.join('\n'),
    close: () => context.close(),
  };
}
