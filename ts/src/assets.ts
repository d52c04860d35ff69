import { models as modelDigests, wasm as wasmDigests } from '../wasm/digests.js';
import { MAX_ASSET_BYTES, readAtMost } from './body.js';
import { CycloramaError } from './errors.js';
import { canDigest, checkIntegrity, isIntegrity } from './integrity.js';
import type { Backend } from './support.js';
import { invalid, oneOf } from './validation.js';

/**
 * The networks that Cyclorama runs, by name.
 *
 * @useDeclaredType
 */
export type ModelName = (typeof MODEL_NAMES)[number];

/** The networks that Cyclorama runs, by name; the first two come with the package. */
export const MODEL_NAMES = [
  'selfie_segmentation_landscape',
  'selfie_segmentation',
  'segm_full_v679',
  'segm_lite_v681',
  'segm_lite_v509',
] as const;

/**
 * A network: by name, by address, or as the bytes of its `.tflite` file. A file that was asked for by name has to be the
 * one of that name; one by address is checked if it comes with a digest.
 *
 * @example 'selfie_segmentation'
 * @example new URL('/models/segm_full_v679.tflite', location.href)
 * @example { url: '/models/ours.tflite', integrity: 'sha256-Sq/mIju42sb6yMqO1WhShwozBR7z9iOIItKCoQmWKJQ=' }
 */
export type Model = ModelName | URL | ModelFile | ArrayBuffer;

/** A network's file that is held against a digest before it is used. */
export interface ModelFile {
  /** Where the `.tflite` file is; relative to the page. */
  url: string | URL;
  /**
   * What an `integrity` attribute takes: `sha256-`, `sha384-` or `sha512-` and the file's digest in base64. The command
   * `openssl dgst -sha256 -binary FILE | base64` writes one.
   */
  integrity: string;
}

/** @throws {CycloramaError} `option`, naming `option`, where `model` is none of the four */
export function checkModel(model: Model, option = 'model'): void {
  if (model instanceof URL || model instanceof ArrayBuffer) return;
  if (typeof model === 'object' && model !== null && ('url' in model || 'integrity' in model)) {
    const { url, integrity } = model;
    if (typeof url !== 'string' && !(url instanceof URL)) {
      throw invalid(`${option}.url`, url, "a file's address");
    }
    if (isIntegrity(integrity)) return;
    throw invalid(`${option}.integrity`, integrity, "'sha256-' and a file's digest in base64");
  }
  if (!MODEL_NAMES.includes(model)) {
    throw invalid(option, model, `${oneOf(MODEL_NAMES)}, a URL, an ArrayBuffer or { url, integrity }`);
  }
}

/** The address of a backend's wasm module. */
export function wasmUrl(backend: Backend, assetBase: URL | undefined): URL {
  // Bundlers find a file of the package only where its name is written out.
  switch (backend) {
    case 'webgpu':
      return assetBase
        ? new URL('wasm/cyclorama_web_bg.wasm', assetBase)
        : new URL('../wasm/cyclorama_web_bg.wasm', import.meta.url);
    case 'webgl':
      return assetBase
        ? new URL('wasm/cyclorama_webgl_bg.wasm', assetBase)
        : new URL('../wasm/cyclorama_webgl_bg.wasm', import.meta.url);
  }
}

/** The directory that `assetBase` names, as an absolute address. */
export function resolveAssetBase(assetBase: string | URL | undefined): URL | undefined {
  if (assetBase === undefined) return undefined;
  try {
    const url = new URL(assetBase, globalThis.location?.href);
    if (!url.pathname.endsWith('/')) url.pathname += '/';
    return url;
  } catch {
    throw invalid('assetBase', assetBase, 'the address of a directory');
  }
}

/** A file that Cyclorama needs. */
interface Asset {
  readonly url: URL;
  /** What it is, for the messages of errors. */
  readonly what: string;
  /** Its digests, where they are known. */
  readonly integrity: string | undefined;
}

/**
 * A backend's wasm module, compiled while it comes but not handed out before it is known to be this version's.
 *
 * @throws {CycloramaError} `asset` or `integrity`
 */
export async function loadWasmModule(
  backend: Backend,
  assetBase: URL | undefined,
): Promise<WebAssembly.Module> {
  const url = wasmUrl(backend, assetBase);
  let compiled: Promise<WebAssembly.Module> | undefined;
  const bytes = await loadBytes(
    { url, what: 'the wasm module', integrity: wasmDigests[backend] },
    undefined,
    (response) => {
      compiled = WebAssembly.compileStreaming(response);
      // Whether it matters is known when the bytes are.
      compiled.catch(() => {});
    },
  );
  try {
    // Browsers compile no stream that is not called `application/wasm`.
    return await (compiled?.catch(() => WebAssembly.compile(bytes)) ?? WebAssembly.compile(bytes));
  } catch (cause) {
    throw new CycloramaError('asset', `the wasm module ${url.href} does not compile: ${reason(cause)}`, {
      cause,
    });
  }
}

/**
 * The bytes of a model's `.tflite` file.
 *
 * @throws {CycloramaError} `asset` or `integrity`
 */
export async function loadModel(
  model: Model,
  assetBase: URL | undefined,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  if (model instanceof ArrayBuffer) return new Uint8Array(model);
  return new Uint8Array(await loadBytes(modelAsset(model, assetBase), signal));
}

function modelAsset(model: ModelName | URL | ModelFile, assetBase: URL | undefined): Asset {
  const what = 'the model';
  if (model instanceof URL) return { url: model, what, integrity: undefined };
  if (typeof model === 'object') {
    const { url, integrity } = model;
    return { url: url instanceof URL ? url : resolveAddress(url, what), what, integrity };
  }
  return { url: modelUrl(model, assetBase), what, integrity: modelDigests[model] };
}

/** A file's bytes, held against its digests. `begin` is given a copy of each response before its bytes have come. */
async function loadBytes(
  { url, what, integrity }: Asset,
  signal: AbortSignal | undefined,
  begin?: (response: Response) => void,
): Promise<ArrayBuffer> {
  const load = async (cache: RequestCache) => {
    // Where pages may make no digests, the browser does: then a wrong file looks as one that could not be fetched.
    const request: RequestInit = integrity && !canDigest() ? { cache, integrity } : { cache };
    const refused = new AbortController();
    const stop = signal ? AbortSignal.any([signal, refused.signal]) : refused.signal;
    const response = await fetchAsset(url, what, stop, request);
    begin?.(response.clone());
    const body = readAtMost(response, MAX_ASSET_BYTES).catch((cause) => {
      // The copy would be fetched to its end, which may never come.
      refused.abort();
      throw cause;
    });
    const bytes = await readBody(body, url, what, signal);
    if (integrity && canDigest()) await checkIntegrity(bytes, integrity, what, url);
    return bytes;
  };
  try {
    return await load('default');
  } catch (cause) {
    if (!(cause instanceof CycloramaError) || cause.code !== 'integrity') throw cause;
    // It may have lain in the browser's cache since the version before.
    return load('reload');
  }
}

function modelUrl(model: ModelName, assetBase: URL | undefined): URL {
  if (assetBase) return new URL(`models/${model}.tflite`, assetBase);
  // Bundlers find a file of the package only where its name is written out.
  switch (model) {
    case 'selfie_segmentation_landscape':
      return new URL('../models/selfie_segmentation_landscape.tflite', import.meta.url);
    case 'selfie_segmentation':
      return new URL('../models/selfie_segmentation.tflite', import.meta.url);
    default:
      throw new CycloramaError(
        'asset',
        `${model} does not come with the package: pass the URL of its .tflite file, or an assetBase with models/${model}.tflite`,
      );
  }
}

/** @throws {CycloramaError} `asset` where an address of the caller's is none; `what` it is of, for the message */
export function resolveAddress(address: string | URL, what: string): URL {
  try {
    return new URL(address, document.baseURI);
  } catch (cause) {
    throw new CycloramaError('asset', `the address "${address}" of ${what} is no URL`, { cause });
  }
}

/**
 * Fetches a file that Cyclorama needs.
 *
 * @param what what the file is, for the error's message
 * @param request how else it is asked for
 * @throws {CycloramaError} `asset`, with the address and what became of it
 */
export async function fetchAsset(
  url: URL,
  what: string,
  signal: AbortSignal | undefined,
  request?: RequestInit,
): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { ...request, signal: signal ?? null });
  } catch (cause) {
    signal?.throwIfAborted();
    throw new CycloramaError('asset', `${what} could not be fetched from ${url.href}: ${reason(cause)}`, {
      cause,
    });
  }
  if (!response.ok) {
    throw new CycloramaError('asset', `${what} is not at ${url.href}: HTTP status ${response.status}`);
  }
  // Many servers answer a wrong address with their start page and status 200.
  if (response.headers.get('content-type')?.startsWith('text/html')) {
    throw new CycloramaError('asset', `${what} is not at ${url.href}: an HTML page is`);
  }
  return response;
}

/** Awaits a response's body; a connection that breaks meanwhile is an `asset` error too. */
export async function readBody<Body>(
  body: Promise<Body>,
  url: URL,
  what: string,
  signal: AbortSignal | undefined,
): Promise<Body> {
  try {
    return await body;
  } catch (cause) {
    signal?.throwIfAborted();
    throw new CycloramaError('asset', `${what} broke off while it came from ${url.href}: ${reason(cause)}`, {
      cause,
    });
  }
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
