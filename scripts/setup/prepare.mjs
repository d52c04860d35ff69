/** What a command needs before it can start, in order. Every part skips what is already there. */
import { join } from 'node:path';
import { writeDigests } from '../../ts/scripts/digests.mjs';
import { prepareModels } from '../models.mjs';
import { prepareBrowser, prepareFirefox, prepareVulkan } from './browser.mjs';
import { prepareCameraFilm } from './camera.mjs';
import { checkNode, npm, preparePackages } from './npm.mjs';
import { hostTarget, root } from './paths.mjs';
import { step } from './progress.mjs';
import { buildProgram, claimTarget, requireCargo } from './rust.mjs';
import { digest, unlessStamped } from './stamp.mjs';
import { prepareQualityWasm, prepareWasm } from './wasm.mjs';

const packageInputs = [
  'ts/src',
  'ts/scripts',
  'ts/wasm',
  'ts/package.json',
  'ts/tsconfig.json',
  'ts/tsconfig.build.json',
  'tsconfig.base.json',
  'package-lock.json',
  'models/manifest.json',
  'models/LICENSES.md',
  'LICENSE-MIT',
  'LICENSE-APACHE',
  'THIRD_PARTY.md',
];

/**
 * Prepares what is asked for.
 *
 * @param wanted.host whether Rust is going to be built and tested on this machine.
 * @param wanted.program whether the command line is needed (needs the host).
 * @param wanted.package whether the npm package is needed, with the wasm module inside.
 * @param wanted.demo whether the demo's pages are needed (needs the package).
 * @param wanted.browser whether pages are going to be tested (needs the package).
 * @param wanted.firefox whether they are going to be tested in Firefox as well (needs the browser).
 * @returns {Promise<Record<string, string>>} the environment that tells tests where browsers and camera film are.
 */
export async function prepare(wanted) {
  checkNode();
  await preparePackages();
  await step('models', (report) => prepareModels({ onLine: report }));
  if (wanted.host) {
    await requireCargo();
    await claimTarget(hostTarget);
    await prepareVulkan();
  }
  if (wanted.program) await buildProgram();
  if (wanted.package) {
    await prepareWasm();
    await writeDigests();
    await buildPackage();
  }
  if (wanted.demo) await prepareQualityWasm();
  if (!wanted.browser) return {};
  const browser = await prepareBrowser();
  return {
    CHROMIUM_PATH: browser,
    CYCLORAMA_CAMERA: await prepareCameraFilm(browser),
    ...(wanted.firefox ? { FIREFOX_PATH: await prepareFirefox() } : {}),
  };
}

async function buildPackage() {
  await step('package', async (report) => {
    const stamp = join(root, 'ts', 'dist', '.stamp');
    const products = [join(root, 'ts', 'dist', 'index.js')];
    const made = await unlessStamped(stamp, await digest(packageInputs), products, async () => {
      await npm(['run', 'build', '--workspace', 'cyclorama'], { onLine: report });
    });
    return made ? '' : 'up to date';
  });
}
