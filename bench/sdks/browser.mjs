/** Chromium as it runs where it finds no graphics card: without flags about GPUs. */
import { chromium } from 'playwright-core';
import { prioritize } from './processes.mjs';

const args = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Only this machine's name resolves, so a contender cannot reach any other server.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream',
];

/**
 * @typedef {object} Launched
 * @property {import('playwright-core').Browser} browser
 * @property {number} process id of its first process.
 * @property {boolean} prioritized whether it has precedence over other programs.
 * @property {() => Promise<void>} close
 */

/**
 * @param {string} executablePath
 * @param {string} film path of the camera's video.
 * @returns {Promise<Launched>}
 */
export async function launch(executablePath, film) {
  const server = await chromium.launchServer({
    executablePath,
    args: [...args, `--use-file-for-fake-video-capture=${film}`],
    // Playwright's own flag about GPUs.
    ignoreDefaultArgs: ['--enable-unsafe-swiftshader'],
  });
  const { pid } = server.process();
  const prioritized = await prioritize(pid);
  const browser = await chromium.connect(server.wsEndpoint());
  return { browser, process: pid, prioritized, close: () => server.kill() };
}
