/** What the tests run on: a Chromium and a Firefox of the system's, and a Vulkan driver for native wgpu. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isExecutable, SetupError, UnavailableError, which } from './command.mjs';
import { step } from './progress.mjs';
import { installPackages } from './system.mjs';

const chromium = {
  title: 'Chrome or Chromium',
  variable: 'CHROMIUM_PATH',
  names: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'],
  packages: ['chromium'],
  elsewhere: {
    darwin: [
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
      '/Applications/Chromium.app/Contents/MacOS/Chromium',
    ],
    win32: inProgramFiles('Google', 'Chrome', 'Application', 'chrome.exe'),
  },
};
const firefox = {
  title: 'Firefox',
  variable: 'FIREFOX_PATH',
  names: ['firefox-esr', 'firefox'],
  packages: ['firefox-esr'],
  elsewhere: {
    darwin: ['/Applications/Firefox.app/Contents/MacOS/firefox'],
    win32: inProgramFiles('Mozilla Firefox', 'firefox.exe'),
  },
};
/** Firefox finds a GPU, or the software that stands for one, through X alone. */
const displayPackages = ['xvfb', 'libegl1', 'libgl1-mesa-dri'];
const vulkanManifests = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d'];

/**
 * Finds Chromium or Chrome, else installs Debian's.
 *
 * @returns {Promise<string>} the path of the browser's executable; `CHROMIUM_PATH` overrides the search.
 */
export async function prepareBrowser() {
  return (await findBrowser(chromium)) ?? installBrowser(chromium);
}

/**
 * Finds Firefox, else installs Debian's, and a display that it can be run on.
 *
 * @returns {Promise<string>} the path of the browser's executable; `FIREFOX_PATH` overrides the search.
 */
export async function prepareFirefox() {
  if (process.platform === 'linux' && !process.env.DISPLAY && !which('Xvfb')) {
    await installPackages(displayPackages, 'A display for Firefox', 'Install Xvfb, or set DISPLAY.');
  }
  return (await findBrowser(firefox)) ?? installBrowser(firefox);
}

async function findBrowser(browser) {
  const { title, variable } = browser;
  const chosen = process.env[variable];
  if (chosen && !isExecutable(chosen))
    throw new SetupError(`${variable} names no executable file: ${chosen}`);
  const found = chosen ?? search(browser);
  if (found) await step(title, async () => found);
  return found;
}

async function installBrowser(browser) {
  const { title, variable, packages } = browser;
  await installPackages(packages, title, `Install ${title}, or set ${variable} to its executable.`);
  const installed = search(browser);
  if (!installed)
    throw new UnavailableError(
      `${title} was installed but is not on PATH: set ${variable} to its executable.`,
    );
  return installed;
}

function search({ names, elsewhere }) {
  for (const name of names) {
    const path = which(name);
    if (path) return path;
  }
  return elsewhere[process.platform]?.find(isExecutable);
}

function inProgramFiles(...path) {
  const folders = [process.env.PROGRAMFILES, process.env['PROGRAMFILES(X86)'], process.env.LOCALAPPDATA];
  return folders.filter((folder) => folder !== undefined).map((folder) => join(folder, ...path));
}

/**
 * Makes sure that native wgpu finds an adapter: on Linux a graphics card's driver, else Mesa's software one (lavapipe).
 *
 * @param manifests the folders in which drivers announce themselves.
 */
export async function prepareVulkan(manifests = vulkanManifests) {
  if (process.platform !== 'linux' || process.env.VK_DRIVER_FILES || process.env.VK_ICD_FILENAMES) return;
  const drivers = manifests.filter((folder) => existsSync(folder)).flatMap((folder) => readdirSync(folder));
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
