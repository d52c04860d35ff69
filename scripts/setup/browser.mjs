/** What the tests run on: a Chromium of the system's, and a Vulkan driver for native wgpu. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isExecutable, SetupError, which } from './command.mjs';
import { step } from './progress.mjs';
import { installPackages } from './system.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const programFiles = [process.env.PROGRAMFILES, process.env['PROGRAMFILES(X86)'], process.env.LOCALAPPDATA];
const elsewhere = {
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ],
  win32: programFiles
    .filter((folder) => folder !== undefined)
    .map((folder) => join(folder, 'Google', 'Chrome', 'Application', 'chrome.exe')),
};
const vulkanManifests = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d'];

/**
 * Finds Chromium or Chrome, else installs Debian's.
 *
 * @returns {Promise<string>} the path of the browser's executable; `CHROMIUM_PATH` overrides the search.
 */
export async function prepareBrowser() {
  const chosen = process.env.CHROMIUM_PATH;
  if (chosen && !isExecutable(chosen))
    throw new SetupError(`CHROMIUM_PATH names no executable file: ${chosen}`);
  const found = chosen ?? findBrowser();
  if (found) {
    await step('browser', async () => found);
    return found;
  }
  await installPackages(
    ['chromium'],
    'Chromium',
    'Install Chrome or Chromium, or set CHROMIUM_PATH to its executable.',
  );
  const installed = findBrowser();
  if (!installed)
    throw new SetupError('Chromium was installed but is not on PATH: set CHROMIUM_PATH to its executable.');
  return installed;
}

function findBrowser() {
  for (const name of names) {
    const path = which(name);
    if (path) return path;
  }
  return elsewhere[process.platform]?.find(isExecutable);
}

/** Makes sure that native wgpu finds an adapter: on Linux a graphics card's driver, else Mesa's software one (lavapipe). */
export async function prepareVulkan() {
  if (process.platform !== 'linux' || process.env.VK_DRIVER_FILES || process.env.VK_ICD_FILENAMES) return;
  const drivers = vulkanManifests
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder));
  const software = drivers.some((manifest) => manifest.startsWith('lvp'));
  // A card's driver is of use only where there is a card: containers often have the one without the other.
  const hardware = drivers.length > 0 && (existsSync('/dev/dri') || existsSync('/dev/nvidiactl'));
  if (software || hardware) return;
  await installPackages(
    ['libvulkan1', 'mesa-vulkan-drivers'],
    'A Vulkan driver',
    "Install your graphics card's, or Mesa's software driver (lavapipe).",
  );
}
