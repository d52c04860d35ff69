/** What commands and tests need before they can start. Every part skips what is already there. */
import { join } from 'node:path';
import { writeDigests } from '../../ts/scripts/digests.mjs';
import { prepareModels } from '../models.mjs';
import { prepareBrowser, prepareFirefox, prepareVulkan, prepareWebKit } from './browser.mjs';
import { prepareCameraFilm } from './camera.mjs';
import { UnavailableError } from './command.mjs';
import { prepareCargoFuzz } from './fuzz.mjs';
import { prepareJanus } from './janus.mjs';
import { checkNode, npm, preparePackages } from './npm.mjs';
import { hostTarget, root } from './paths.mjs';
import { step } from './progress.mjs';
import { buildProgram, claimTarget, prepareCargoDeny, requireCargo } from './rust.mjs';
import { digest, unlessStamped } from './stamp.mjs';
import { prepareWasm } from './wasm.mjs';

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
 * @typedef {(name: string) => Record<string, string>} Made what a resource that came before was made into.
 * @typedef {(name: string) => Promise<Record<string, string>>} Need
 */

/**
 * What can be prepared: after which others, and how. `make` may resolve with variables for the environment of what runs then,
 * and rejects with an {@link UnavailableError} where something cannot be fetched.
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
  /** Rust is going to be built and tested on this machine. */
  host: { after: ['cargo'], make: () => claimTarget(hostTarget) },
  /** A Vulkan driver, for native wgpu. */
  vulkan: { make: () => prepareVulkan() },
  /** The command line, for tests; `optimizedProgram` where speed is measured. */
  program: { after: ['host'], make: () => buildProgram() },
  optimizedProgram: { after: ['host'], make: () => buildProgram('release') },
  /** The wasm modules. */
  wasm: { make: (_, need) => prepareWasm(['webgl', 'webgpu'], need('packages')) },
  /** The npm package in `ts/`. */
  package: { after: ['wasm', 'models'], make: buildPackage },
  /** The demo's pages: the package and the figures of mask quality. */
  demo: { after: ['package'], make: () => prepareWasm(['quality']) },
  /** Chromium. */
  browser: { make: async () => ({ CHROMIUM_PATH: await prepareBrowser() }) },
  /** The film for Chromium's fake camera. */
  camera: {
    after: ['browser', 'packages'],
    make: async (made) => ({ CYCLORAMA_CAMERA: await prepareCameraFilm(made('browser').CHROMIUM_PATH) }),
  },
  /** cargo-deny and cargo-fuzz, for the tests that run them. */
  cargoDeny: { after: ['cargo'], make: () => prepareCargoDeny().then(nothing) },
  cargoFuzz: { after: ['cargo'], make: () => prepareCargoFuzz().then(nothing) },
  /** Firefox, with a display that it can run on. */
  firefox: { make: async () => ({ FIREFOX_PATH: await prepareFirefox() }) },
  /** The server that calls of the tests go through. */
  janus: { make: async () => ({ JANUS_PATH: await prepareJanus() }) },
  /** WebKitGTK and its driver, with a display that it can run on. */
  webkit: {
    async make() {
      const { browser, driver } = await prepareWebKit();
      return { WEBKIT_PATH: browser, WEBKIT_DRIVER_PATH: driver };
    },
  },
};

/**
 * Prepares resources by name, each once and as early as what comes before it allows: downloads and compilers run side by side.
 */
export class Preparation {
  /** @type {Map<string, Promise<Record<string, string>>>} */
  #made = new Map();
  #results = new Map();
  #resources;

  /** @param known what can be prepared, by name. */
  constructor(known = resources) {
    checkNode();
    this.#resources = known;
  }

  /**
   * @param {string} name of {@link resources}.
   * @returns {Promise<Record<string, string>>} the variables for the environment of what needs it.
   * @throws {UnavailableError} where it, or what it comes after, cannot be fetched.
   * @throws {SetupError | CommandError} where it cannot be made.
   */
  need(name) {
    if (!this.#made.has(name)) {
      const made = this.#make(name);
      // Whoever needs it awaits it; another's failure may end the command first.
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
 * Prepares what is asked for, or fails.
 *
 * @param wanted.host whether Rust is going to be built and tested on this machine.
 * @param wanted.program whether the command line is needed; wanted.optimizedProgram where speed is measured.
 * @param wanted.package whether the npm package is needed, with the wasm modules inside.
 * @param wanted.demo whether the demo's pages are needed.
 * @param wanted.browser whether pages are going to be tested.
 * @param wanted.firefox whether they are going to be tested in Firefox as well; wanted.webkit in WebKitGTK.
 * @returns {Promise<Record<string, string>>} the environment that tells tests where browsers and camera film are.
 */
export async function prepare({ host, program, optimizedProgram, browser, firefox, ...others }) {
  const preparation = new Preparation();
  const wanted = { ...others, firefox, program, optimizedProgram, host, vulkan: host, camera: browser };
  const names = Object.keys(wanted).filter((name) => wanted[name]);
  const environments = await Promise.all(['models', ...names].map((name) => preparation.need(name)));
  return Object.assign({}, ...environments);
}

/** For what has no variables. */
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

/** Builds the npm package of the wasm modules that are there. */
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
