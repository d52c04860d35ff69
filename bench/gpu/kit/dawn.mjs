/** Dawn, Chrome's implementation of WebGPU, in Node.js, with the other names that browser code looks for. */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { runInThisContext } from 'node:vm';
import { create, globals } from 'webgpu';

const backends = { linux: 'vulkan', darwin: 'metal', win32: 'd3d12' };

/**
 * Errors of WebGPU that no script has handled. The engines' scripts are checked for them after each step.
 *
 * @type {Error[]}
 */
const errors = [];

/** @throws {Error} with the errors of WebGPU since the last call. */
export function throwErrors() {
  if (errors.length === 0) return;
  throw new Error(
    errors
      .splice(0)
      .map(({ message }) => message)
      .join('\n'),
  );
}

/** The text of a failure, with the errors of WebGPU since the last call: they are of the step that failed. */
export const failureText = (failure) =>
  [failure, ...errors.splice(0)]
    .map((error) => String(error?.message ?? error))
    .join('\n')
    .slice(0, 2000);

/**
 * @typedef {object} Disguise
 * @property {string[]} [without] features that adapters do not report, such as `shader-f16`.
 * @property {boolean} [isFallbackAdapter] what adapters report as `info.isFallbackAdapter`. `false` makes Cyclorama tune
 *   itself on a software adapter as on hardware.
 */

/**
 * Installs the globals of a page.
 *
 * @param {Disguise} disguise
 * @returns {GPU}
 */
export function install(disguise = {}) {
  // Dawn rounds timestamps to 2^16 ns by default, as browsers do against attacks on timing.
  const flags = [`backend=${backends[process.platform]}`, 'disable-dawn-features=timestamp_quantization'];
  const gpu = create(flags);
  disguiseAdapters(gpu, disguise);
  Object.assign(globalThis, globals);
  const define = (name, value) =>
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  define('navigator', { gpu, userAgent: 'Node.js', hardwareConcurrency: 1, language: 'en' });
  define('self', globalThis);
  // wgpu takes a global scope with `Window` for a page.
  define('Window', class Window {});
  define('importScripts', runScripts);
  define('reportError', (error) => errors.push(error));
  acceptSharedMemory();
  fetchFiles();
  return gpu;
}

/** Before version 24, Node.js gives native modules no views of shared memory. ONNX Runtime Web uploads from those. */
function acceptSharedMemory() {
  const { writeBuffer } = GPUQueue.prototype;
  GPUQueue.prototype.writeBuffer = function (buffer, offset, data, ...rest) {
    const isShared = data.buffer instanceof SharedArrayBuffer;
    return writeBuffer.call(this, buffer, offset, isShared ? data.slice() : data, ...rest);
  };
}

/** Makes `fetch` read files. */
function fetchFiles() {
  const types = { wasm: 'application/wasm', json: 'application/json' };
  globalThis.fetch = async (source) => {
    const url = String(source?.url ?? source);
    if (!url.startsWith('file:'))
      throw new Error(`${url} is not a file: nothing is downloaded during a measurement.`);
    const type = types[url.slice(url.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
    return new Response(await readFile(fileURLToPath(url)), { headers: { 'content-type': type } });
  };
}

/**
 * Runs classic scripts. Emscripten's scripts define `ModuleFactory` and look for names of Node.js.
 *
 * @param {...(string | URL)} urls
 */
export function runScripts(...urls) {
  for (const url of urls) {
    const path = fileURLToPath(url);
    const code = readFileSync(path, 'utf8');
    const exports = "if (typeof ModuleFactory !== 'undefined') globalThis.ModuleFactory = ModuleFactory;";
    const wrapped = `(function (require, __filename, __dirname) {${code}\n${exports}})`;
    runInThisContext(wrapped, { filename: path })(createRequire(pathToFileURL(path)), path, dirname(path));
  }
}

/** @param {Disguise} disguise */
function disguiseAdapters(gpu, { without = [], isFallbackAdapter }) {
  if (without.length === 0 && isFallbackAdapter === undefined) return;
  const request = gpu.requestAdapter.bind(gpu);
  gpu.requestAdapter = async (...args) => {
    const adapter = await request(...args);
    if (!adapter) return adapter;
    const { vendor, architecture, device, description, subgroupMinSize, subgroupMaxSize } = adapter.info;
    const info = { vendor, architecture, device, description, subgroupMinSize, subgroupMaxSize };
    info.isFallbackAdapter = isFallbackAdapter ?? adapter.info.isFallbackAdapter;
    const shown = {
      features: new Set([...adapter.features].filter((feature) => !without.includes(feature))),
      info,
    };
    return new Proxy(adapter, {
      get(target, name) {
        if (Object.hasOwn(shown, name)) return shown[name];
        const value = target[name];
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  };
}
