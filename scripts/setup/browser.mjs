/** Finds or installs the browsers of the tests (Chromium, Firefox, WebKitGTK) and a Vulkan driver for native wgpu. */
import { existsSync, readdirSync, realpathSync } from 'node:fs';
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
/** Firefox and WebKitGTK need an X display for a GPU, including a software GPU. */
const displayPackages = ['xvfb', 'xauth', 'libegl1', 'libgl1-mesa-dri'];
/** Debian's packages for WebKitGTK, each with a file below a library folder that identifies it. The driver is on `PATH`. */
const webKitLibraries = {
  'libwebkit2gtk-4.1-0': 'webkit2gtk-4.1/MiniBrowser',
  // Needed for videos and for tracks of canvases and cameras.
  'gstreamer1.0-plugins-base': 'gstreamer-1.0/libgstapp.so',
  'gstreamer1.0-plugins-good': 'gstreamer-1.0/libgstvpx.so',
  'gstreamer1.0-plugins-bad': 'gstreamer-1.0/libgstvideoparsersbad.so',
  'gstreamer1.0-libav': 'gstreamer-1.0/libgstlibav.so',
  'gstreamer1.0-gl': 'gstreamer-1.0/libgstopengl.so',
};
/** The folders of the Vulkan drivers' manifests. */
export const vulkanManifests = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d'];

/**
 * Finds Chromium or Chrome, or else installs Debian's Chromium.
 *
 * @returns {Promise<string>} the path of the browser's executable; `CHROMIUM_PATH` overrides the search.
 */
export async function prepareBrowser() {
  return (await findBrowser(chromium)) ?? installBrowser(chromium);
}

/** The browser behind Debian's script, which adds flags such as `--enable-gpu-rasterization`. Any other path is returned as it is. */
export function withoutWrapper(path) {
  const wrapped = '/usr/lib/chromium/chromium';
  return realpathSync(path) === '/usr/bin/chromium' && isExecutable(wrapped) ? wrapped : path;
}

/**
 * Finds Firefox, or else installs Debian's, and a display for it.
 *
 * @returns {Promise<string>} the path of the browser's executable; `FIREFOX_PATH` overrides the search.
 */
export async function prepareFirefox() {
  await prepareDisplay('Firefox');
  return (await findBrowser(firefox)) ?? installBrowser(firefox);
}

/**
 * Finds Debian's WebKitGTK, its driver and the plug-ins for videos, or else installs them, and a display.
 *
 * @param folders.libraries the library folders.
 * @returns {Promise<{ browser: string, driver: string }>} the paths of the executables; `WEBKIT_PATH` and
 *   `WEBKIT_DRIVER_PATH` together override the search.
 */
export async function prepareWebKit({ libraries = libraryFolders() } = {}) {
  if (process.platform !== 'linux')
    throw new UnavailableError('WebKitGTK is missing: it runs only on Linux.');
  const { WEBKIT_PATH, WEBKIT_DRIVER_PATH } = process.env;
  if (WEBKIT_PATH && WEBKIT_DRIVER_PATH) {
    for (const path of [WEBKIT_PATH, WEBKIT_DRIVER_PATH]) {
      if (!isExecutable(path))
        throw new SetupError(`WEBKIT_PATH or WEBKIT_DRIVER_PATH names no executable file: ${path}`);
    }
    await prepareDisplay('WebKitGTK');
    return { browser: WEBKIT_PATH, driver: WEBKIT_DRIVER_PATH };
  }
  const locate = (file) => libraries.map((folder) => join(folder, file)).find((path) => existsSync(path));
  const found = () => ({
    browser: locate(webKitLibraries['libwebkit2gtk-4.1-0']),
    driver: which('WebKitWebDriver'),
  });
  const missing = Object.keys(webKitLibraries).filter((name) => !locate(webKitLibraries[name]));
  if (!found().driver) missing.unshift('webkit2gtk-driver');
  if (missing.length > 0) {
    await installPackages(
      missing,
      'WebKitGTK',
      'Install WebKitGTK with its MiniBrowser and WebKitWebDriver.',
    );
  }
  const { browser, driver } = found();
  if (!browser || !driver) {
    throw new UnavailableError(
      'WebKitGTK was installed but is not found: set WEBKIT_PATH to its MiniBrowser and WEBKIT_DRIVER_PATH to WebKitWebDriver.',
    );
  }
  await prepareDisplay('WebKitGTK');
  if (missing.length === 0) await step('WebKitGTK', async () => browser);
  return { browser, driver };
}

async function prepareDisplay(title) {
  if (process.platform === 'linux' && !process.env.DISPLAY && !which('Xvfb')) {
    await installPackages(displayPackages, `A display for ${title}`, 'Install Xvfb, or set DISPLAY.');
  }
}

/** The library folders of Linux, such as /usr/lib/x86_64-linux-gnu, and /usr/lib itself. */
function libraryFolders(folder = '/usr/lib') {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return [...names.filter((name) => name.includes('-linux-gnu')).map((name) => join(folder, name)), folder];
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
 * Ensures that native wgpu finds an adapter on Linux: a graphics card's driver, or else Mesa's software driver (lavapipe).
 *
 * @param manifests the folders of the drivers' manifests.
 */
export async function prepareVulkan(manifests = vulkanManifests) {
  if (process.platform !== 'linux' || process.env.VK_DRIVER_FILES || process.env.VK_ICD_FILENAMES) return;
  const drivers = manifests.filter((folder) => existsSync(folder)).flatMap((folder) => readdirSync(folder));
  const software = drivers.some((manifest) => manifest.startsWith('lvp'));
  // Containers often have a card's driver without the card.
  const hardware = drivers.length > 0 && (existsSync('/dev/dri') || existsSync('/dev/nvidiactl'));
  if (software || hardware) return;
  await installPackages(
    ['libvulkan1', 'mesa-vulkan-drivers'],
    'A Vulkan driver',
    "Install your graphics card's, or Mesa's software driver (lavapipe).",
  );
}
