/** Chromium as it runs where it finds no graphics card: without flags about GPUs. */
import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
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

/** Debian's Chromium without its wrapper, which adds a flag that rasters pages on the GPU. */
const DEBIAN = '/usr/lib/chromium/chromium';

/** The program behind a wrapper script. */
export async function unwrap(path) {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return buffer.toString() === '#!' && existsSync(DEBIAN) ? DEBIAN : path;
  } finally {
    await file.close();
  }
}

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
