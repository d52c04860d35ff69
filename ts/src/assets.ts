import { MAX_ASSET_BYTES, readAtMost } from './body.js';
import { CycloramaError } from './errors.js';
import type { Backend } from './support.js';
import { invalid, oneOf } from './validation.js';

/** The networks that Cyclorama runs, by name. */
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
 * A network: by name, by address, or as the bytes of its `.tflite` file.
 *
 * @example 'selfie_segmentation'
 * @example new URL('/models/segm_full_v679.tflite', location.href)
 */
export type Model = ModelName | URL | ArrayBuffer;

/** @throws {CycloramaError} `option`, naming `option`, where `model` is none of the three */
export function checkModel(model: Model, option = 'model'): void {
  if (model instanceof URL || model instanceof ArrayBuffer) return;
  if (!MODEL_NAMES.includes(model)) {
    throw invalid(option, model, `${oneOf(MODEL_NAMES)}, a URL or an ArrayBuffer`);
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

/** The bytes of a model's `.tflite` file. */
export async function loadModel(
  model: Model,
  assetBase: URL | undefined,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  if (model instanceof ArrayBuffer) return new Uint8Array(model);
  const url = model instanceof URL ? model : modelUrl(model, assetBase);
  const response = await fetchAsset(url, 'the model', signal);
  return new Uint8Array(await readBody(readAtMost(response, MAX_ASSET_BYTES), url, 'the model', signal));
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
 * @throws {CycloramaError} `asset`, with the address and what became of it
 */
export async function fetchAsset(url: URL, what: string, signal: AbortSignal | undefined): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { signal: signal ?? null });
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
