import { models as modelDigests, wasm as wasmDigests } from '../../wasm/digests.js';
import { abortable } from './abortable.js';
import { openDataUrl } from './data-url.js';
import { CycloramaError } from './errors.js';
import { canDigest, checkIntegrity, isIntegrity } from './integrity.js';
import { isArrayBuffer, isUrl } from './platform-objects.js';
import { MAX_ASSET_BYTES, readAtMost } from './read-body.js';
import { type Backend, supportsRelaxedSimd } from './thread-support.js';
import { invalid, isRecord, oneOf, shorten, take, thrown } from './validation.js';

/** File names of the supported models, without extension. The package includes the first two. */
export const MODEL_NAMES = [
  'selfie_segmentation_landscape',
  'selfie_segmentation',
  'segm_full_v679',
  'segm_lite_v681',
  'segm_lite_v509',
] as const;

/** Short names of models, with their file names. */
const ALIASES = {
  landscape: 'selfie_segmentation_landscape',
  general: 'selfie_segmentation',
  'meet-full': 'segm_full_v679',
  'meet-lite': 'segm_lite_v681',
  'meet-lite-2021': 'segm_lite_v509',
} as const;

/**
 * The models in the package, both by MediaPipe. `landscape` (256 x 144) is for landscape frames, `general` (256 x 256) for frames of any
 * shape. The other two names are their file names.
 */
export type PackagedModelName =
  | 'landscape'
  | 'general'
  | 'selfie_segmentation_landscape'
  | 'selfie_segmentation';

/**
 * Supported models that are not in the package. They need the option `assetBase` with the file in `models/`, or a URL instead of the
 * name. `meet-full` (256 x 144), `meet-lite` (160 x 96) and `meet-lite-2021` (128 x 128) are models of Google Meet. The other three
 * names are their file names.
 */
export type HostedModelName =
  | 'meet-full'
  | 'meet-lite'
  | 'meet-lite-2021'
  | 'segm_full_v679'
  | 'segm_lite_v681'
  | 'segm_lite_v509';

/** The names of the supported models. */
export type ModelName = PackagedModelName | HostedModelName;

/** The file name of a model, without extension. */
type ModelFileName = (typeof MODEL_NAMES)[number];

/**
 * A model: by name, by URL, or as the bytes of its `.tflite` file. Cyclorama verifies the checksum of a model by name, and of a URL
 * with `integrity`. It copies bytes at once.
 *
 * @example 'general'
 * @example new URL('/models/segm_full_v679.tflite', location.href)
 * @example { url: '/models/ours.tflite', integrity: 'sha256-Sq/mIju42sb6yMqO1WhShwozBR7z9iOIItKCoQmWKJQ=' }
 */
export type Model = ModelName | URL | ModelFile | ArrayBuffer;

/** The URL of a model whose checksum is verified before use. */
export interface ModelFile {
  /** URL of the `.tflite` file, relative to the page. */
  url: string | URL;
  /**
   * The checksum, as in an HTML `integrity` attribute: `sha256-`, `sha384-` or `sha512-`, followed by the digest in base64. The command
   * `openssl dgst -sha256 -binary FILE | base64` prints the digest.
   */
  integrity: string;
}

/**
 * Checks a model and copies it.
 *
 * @returns the copy, independent of the caller's object; an alias becomes the file name
 * @throws {CycloramaError} `option`, with the name `option`, if `model` has none of the four forms; `model` for an empty buffer, such as
 *   after a transfer
 */
export function checkModel(model: Model, option = 'model'): Model {
  const given: unknown = model;
  if (isUrl(given)) return copyModel(given);
  if (isArrayBuffer(given)) {
    if (given.byteLength > 0) return copyModel(given);
    const why = 'the ArrayBuffer is empty or was transferred: pass a copy, such as buffer.slice()';
    throw new CycloramaError('model', `${option} is not a TensorFlow Lite model: ${why}`);
  }
  if (isRecord(given) && ('url' in given || 'integrity' in given)) {
    const { url, integrity } = take(given, ['url', 'integrity'], `${option}.`);
    if (typeof url !== 'string' && !isUrl(url)) throw invalid(`${option}.url`, url, 'the URL of a file');
    if (isIntegrity(integrity)) return copyModel({ url, integrity });
    throw invalid(`${option}.integrity`, integrity, "'sha256-' followed by a file's digest in base64");
  }
  const file = fileOf(given);
  if (file) return file;
  const names = [...Object.keys(ALIASES), ...MODEL_NAMES];
  throw invalid(option, model, `${oneOf(names)}, a URL, an ArrayBuffer or { url, integrity }`);
}

/** Copies a model, so that the receiver may change or transfer it. */
export function copyModel(model: Model): Model {
  if (isUrl(model)) return new URL(model.href);
  if (isArrayBuffer(model)) return model.slice(0);
  if (typeof model === 'string') return model;
  return { url: isUrl(model.url) ? model.url.href : model.url, integrity: model.integrity };
}

/**
 * Checks that the files of a model are available, before any download.
 *
 * @throws {CycloramaError} `asset` for the name of a model that is not in the package, without `assetBase`
 */
export function assertModelIsHosted(model: Model, assetBase: URL | undefined): void {
  const file = fileOf(model);
  if (file) modelUrl(file, assetBase);
}

function fileOf(name: unknown): ModelFileName | undefined {
  const alias = Object.entries(ALIASES).find(([alias]) => alias === name);
  return alias?.[1] ?? MODEL_NAMES.find((file) => file === name);
}

/** A WebAssembly module: the only one of a backend, or the one for `cpu` in relaxed SIMD. */
type WasmFile = Backend | 'cpuRelaxed';

function wasmUrl(file: WasmFile, assetBase: URL | undefined): URL {
  // Bundlers detect only literal file names.
  switch (file) {
    case 'webgpu':
      return assetBase
        ? new URL('wasm/cyclorama_web_bg.wasm', assetBase)
        : new URL('../../wasm/cyclorama_web_bg.wasm', import.meta.url);
    case 'webgl':
      return assetBase
        ? new URL('wasm/cyclorama_webgl_bg.wasm', assetBase)
        : new URL('../../wasm/cyclorama_webgl_bg.wasm', import.meta.url);
    case 'cpu':
      return assetBase
        ? new URL('wasm/cyclorama_cpu_bg.wasm', assetBase)
        : new URL('../../wasm/cyclorama_cpu_bg.wasm', import.meta.url);
    case 'cpuRelaxed':
      return assetBase
        ? new URL('wasm/cyclorama_cpu_relaxed_bg.wasm', assetBase)
        : new URL('../../wasm/cyclorama_cpu_relaxed_bg.wasm', import.meta.url);
  }
}

/** Resolves `assetBase` to the absolute URL of a directory. */
export function resolveAssetBase(assetBase: string | URL | undefined): URL | undefined {
  if (assetBase === undefined) return undefined;
  try {
    const url = new URL(assetBase, globalThis.location?.href);
    if (!url.pathname.endsWith('/')) url.pathname += '/';
    return url;
  } catch {
    throw invalid('assetBase', assetBase, 'the URL of a directory');
  }
}

/** Remedy for a missing file of the package, for error messages. */
const DEPLOY =
  "serve the package's wasm/ and models/ directories unchanged, and set assetBase to the directory that contains both";

/** A file to download. */
interface Asset {
  readonly url: URL;
  /** Name of the file in error messages. */
  readonly what: string;
  /** Remedy for a missing file, for error messages. */
  readonly remedy?: string;
  /** Digests of the file, if known. */
  readonly integrity: string | undefined;
}

/**
 * Loads a backend's WebAssembly module, for `cpu` in relaxed SIMD if the browser supports it. Both modules for `cpu` have the same
 * imports and exports.
 *
 * @throws {CycloramaError} `asset` or `integrity`
 * @throws the signal's reason if it aborts
 */
export async function loadWasmModule(
  backend: Backend,
  assetBase: URL | undefined,
  signal?: AbortSignal,
): Promise<WebAssembly.Module> {
  if (backend === 'cpu' && supportsRelaxedSimd()) {
    try {
      return await compileWasm('cpuRelaxed', assetBase, signal);
    } catch (cause) {
      signal?.throwIfAborted();
      // A server may have only the modules that every browser can run.
      if (!(cause instanceof CycloramaError) || cause.code !== 'asset') throw cause;
    }
  }
  return compileWasm(backend, assetBase, signal);
}

/** Compiles a WebAssembly module during the download, but returns it only after its checksum is verified. */
async function compileWasm(
  file: WasmFile,
  assetBase: URL | undefined,
  signal: AbortSignal | undefined,
): Promise<WebAssembly.Module> {
  const url = wasmUrl(file, assetBase);
  let compiled: Promise<WebAssembly.Module> | undefined;
  const bytes = await loadBytes(
    { url, what: 'the WebAssembly module', remedy: DEPLOY, integrity: wasmDigests[file] },
    signal,
    (response) => {
      compiled = WebAssembly.compileStreaming(response);
      // A compile error only counts if the download succeeds.
      compiled.catch(() => {});
    },
  );
  try {
    // Streaming compilation fails if the content type is not `application/wasm`.
    const module = compiled?.catch(() => WebAssembly.compile(bytes)) ?? WebAssembly.compile(bytes);
    return await abortable(module, signal);
  } catch (cause) {
    signal?.throwIfAborted();
    throw new CycloramaError(
      'asset',
      `the WebAssembly module ${shorten(url.href)} could not be compiled: ${thrown(cause)}. ` +
        "The content security policy may lack 'wasm-unsafe-eval' in script-src, or memory may be full",
      { cause },
    );
  }
}

/**
 * Loads the bytes of a model's `.tflite` file.
 *
 * @throws {CycloramaError} `asset` or `integrity`
 * @throws the signal's reason if it aborts
 */
export async function loadModel(
  model: Model,
  assetBase: URL | undefined,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  if (isArrayBuffer(model)) return new Uint8Array(model.slice(0));
  return new Uint8Array(await loadBytes(modelAsset(model, assetBase), signal));
}

function modelAsset(model: Exclude<Model, ArrayBuffer>, assetBase: URL | undefined): Asset {
  const what = 'the model';
  if (isUrl(model)) return { url: model, what, integrity: undefined };
  if (typeof model === 'object') {
    return { url: resolveUrl(model.url, what), what, integrity: model.integrity };
  }
  const file = fileOf(model);
  // `checkModel` has rejected all other names.
  if (!file) throw invalid('model', model, 'the name of a model');
  return {
    url: modelUrl(file, assetBase),
    what: `the model ${file}`,
    remedy: DEPLOY,
    integrity: modelDigests[file],
  };
}

/** Downloads a file and verifies its checksum. Calls `begin` with a copy of each response, before the body has arrived. */
async function loadBytes(
  { url, what, remedy, integrity }: Asset,
  signal: AbortSignal | undefined,
  begin?: (response: Response) => void,
): Promise<ArrayBuffer> {
  const load = async (cache: RequestCache) => {
    // Without Web Crypto, let the browser verify the checksum. A mismatch then looks like a network error.
    const request: RequestInit = integrity && !canDigest() ? { cache, integrity } : { cache };
    const failed = new AbortController();
    const stop = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
    const response = await fetchAsset(url, what, stop, { ...request, ...(remedy && { remedy }) });
    begin?.(response.clone());
    const body = readAtMost(response, MAX_ASSET_BYTES).catch((cause) => {
      // Otherwise the copy of the response keeps the download running.
      failed.abort();
      throw cause;
    });
    const bytes = await readBody(body, url, what, signal);
    if (integrity && canDigest()) await abortable(checkIntegrity(bytes, integrity, what, url), signal);
    return bytes;
  };
  try {
    return await load('default');
  } catch (cause) {
    if (!(cause instanceof CycloramaError) || cause.code !== 'integrity') throw cause;
    // The browser's cache may contain the file of an earlier version.
    return load('reload');
  }
}

function modelUrl(model: ModelFileName, assetBase: URL | undefined): URL {
  if (assetBase) return new URL(`models/${model}.tflite`, assetBase);
  // Bundlers detect only literal file names.
  switch (model) {
    case 'selfie_segmentation_landscape':
      return new URL('../../models/selfie_segmentation_landscape.tflite', import.meta.url);
    case 'selfie_segmentation':
      return new URL('../../models/selfie_segmentation.tflite', import.meta.url);
    default:
      throw new CycloramaError(
        'asset',
        `the model ${model} is not in the package: pass the URL of its .tflite file, or set assetBase to a directory with models/${model}.tflite`,
      );
  }
}

/**
 * Resolves a URL of the caller.
 *
 * @param what name of the file in the error message
 * @throws {CycloramaError} `asset` for an invalid URL
 */
export function resolveUrl(url: string | URL, what: string): URL {
  try {
    // Workers have no document. Their base URL is that of their script.
    const { document, location }: { document?: { baseURI: string }; location?: { href: string } } =
      globalThis;
    return new URL(url, document?.baseURI ?? location?.href);
  } catch (cause) {
    throw new CycloramaError('asset', `the URL "${shorten(String(url))}" of ${what} is invalid`, { cause });
  }
}

/** Options of a request, with the remedy for a missing file. */
type AssetRequest = RequestInit & { readonly remedy?: string };

/**
 * Fetches a file. Decodes a `data:` URL without a request, because the content security policy may forbid such a request.
 *
 * @param what name of the file in error messages
 * @throws {CycloramaError} `asset`, with the URL and the cause
 * @throws the signal's reason if it aborts
 */
export async function fetchAsset(
  url: URL,
  what: string,
  signal: AbortSignal | undefined,
  { remedy, ...request }: AssetRequest = {},
): Promise<Response> {
  const where = shorten(url.href);
  let response: Response;
  try {
    response =
      url.protocol === 'data:'
        ? openDataUrl(url)
        : await abortable(fetch(url, { ...request, signal: signal ?? null }), signal);
  } catch (cause) {
    signal?.throwIfAborted();
    const causes = likelyCauses(url);
    throw new CycloramaError(
      'asset',
      `${what} could not be fetched from ${where}: ${thrown(cause)}${causes && `. ${causes}`}`,
      { cause },
    );
  }
  const advice = remedy ? `: ${remedy}` : '';
  if (!response.ok) {
    throw new CycloramaError(
      'asset',
      `${what} could not be fetched from ${where}: HTTP status ${response.status}${advice}`,
    );
  }
  // Many servers respond to an unknown URL with their start page and status 200.
  if (response.headers.get('content-type')?.startsWith('text/html')) {
    const page = 'the server returned an HTML page instead of the file';
    throw new CycloramaError('asset', `${what} could not be fetched from ${where}: ${page}${advice}`);
  }
  return response;
}

/** Likely causes of a failed request, the likeliest first. Browsers do not report the cause. */
function likelyCauses(url: URL): string {
  switch (url.protocol) {
    case 'data:':
      return '';
    case 'blob:':
      return 'The content security policy may lack blob: in connect-src, or the URL was revoked: pass the Blob or its bytes instead';
    case 'file:':
      return 'Browsers do not load local files: serve the file over http';
  }
  const policy = 'the content security policy may not allow it in connect-src';
  return url.origin === globalThis.location?.origin
    ? `The server may be unreachable, or ${policy}`
    : `The server may not allow this origin (Access-Control-Allow-Origin), ${policy}, or it may be unreachable`;
}

/** Awaits a response's body. Converts an interrupted download to an `asset` error. */
export async function readBody<Body>(
  body: Promise<Body>,
  url: URL,
  what: string,
  signal: AbortSignal | undefined,
): Promise<Body> {
  try {
    return await abortable(body, signal);
  } catch (cause) {
    signal?.throwIfAborted();
    throw new CycloramaError(
      'asset',
      `the download of ${what} from ${shorten(url.href)} was interrupted: ${thrown(cause)}`,
      { cause },
    );
  }
}
