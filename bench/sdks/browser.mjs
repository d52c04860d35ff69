/** Chromium as it runs where it finds no graphics card: without flags about GPUs. */
import { chromium } from 'playwright-core';
import { args, withoutGpuFlags } from '../browser.mjs';
import { prioritize } from './processes.mjs';

const camera = ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream'];

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
  const server = await chromium.launchServer(
    withoutGpuFlags({
      executablePath,
      args: [...args, ...camera, `--use-file-for-fake-video-capture=${film}`],
    }),
  );
  const { pid } = server.process();
  const prioritized = await prioritize(pid);
  const browser = await chromium.connect(server.wsEndpoint());
  return { browser, process: pid, prioritized, close: () => server.kill() };
}
