import { models as modelDigests, wasm as wasmDigests } from '../../wasm/digests.js';
import { abortable } from './abortable.js';
import { openDataUrl } from './data-url.js';
import { CycloramaError } from './errors.js';
import { canDigest, checkIntegrity, isIntegrity } from './integrity.js';
import { isArrayBuffer, isUrl } from './platform-objects.js';
import { MAX_ASSET_BYTES, readAtMost } from './read-body.js';
import type { Backend } from './thread-support.js';
import { invalid, isRecord, oneOf, shorten, take, thrown } from './validation.js';

/** The files of the networks that Cyclorama runs, without their ending; the first two come with the package. */
export const MODEL_NAMES = [
  'selfie_segmentation_landscape',
  'selfie_segmentation',
  'segm_full_v679',
  'segm_lite_v681',
  'segm_lite_v509',
] as const;

/** Short names of networks, and the files that they mean. */
const ALIASES = {
  landscape: 'selfie_segmentation_landscape',
  general: 'selfie_segmentation',
  'meet-full': 'segm_full_v679',
  'meet-lite': 'segm_lite_v681',
  'meet-lite-2021': 'segm_lite_v509',
} as const;

/**
 * The networks that come with the package. `landscape` (256 x 144) is MediaPipe's for wide frames, `general` (256 x 256) the one
 * for frames of any shape; the other two are their files' names.
 */
export type PackagedModelName =
  | 'landscape'
  | 'general'
  | 'selfie_segmentation_landscape'
  | 'selfie_segmentation';

/**
 * The networks that the package does not carry: they need the option `assetBase`, with their file in `models/`, or to be named by
 * a URL instead. `meet-full` (256 x 144), `meet-lite` (160 x 96) and `meet-lite-2021` (128 x 128) are those of Google Meet; the
 * other three are their files' names.
 */
export type HostedModelName =
  | 'meet-full'
  | 'meet-lite'
  | 'meet-lite-2021'
  | 'segm_full_v679'
  | 'segm_lite_v681'
  | 'segm_lite_v509';

/** The networks that Cyclorama runs, by name. */
export type ModelName = PackagedModelName | HostedModelName;

/** A network's file, without its ending. */
type ModelFileName = (typeof MODEL_NAMES)[number];

/**
 * A network: by name, by address, or as the bytes of its `.tflite` file. A file that was asked for by name has to be the
 * one of that name; one by address is checked if it comes with a digest. Bytes are copied when they are given.
 *
 * @example 'general'
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

/**
 * Checks a model and copies it.
 *
 * @returns the copy, which nothing of the caller's changes; a name is that of the file
 * @throws {CycloramaError} `option`, naming `option`, where `model` is none of the four; `model` where it has no bytes, as after a
 *   transfer
 */
export function checkModel(model: Model, option = 'model'): Model {
  const given: unknown = model;
  if (isUrl(given)) return copyModel(given);
  if (isArrayBuffer(given)) {
    if (given.byteLength > 0) return copyModel(given);
    const why = 'the ArrayBuffer is empty, or was transferred: give a copy, such as buffer.slice()';
    throw new CycloramaError('model', `${option} is not a TensorFlow Lite model: ${why}`);
  }
  if (isRecord(given) && ('url' in given || 'integrity' in given)) {
    const { url, integrity } = take(given, ['url', 'integrity'], `${option}.`);
    if (typeof url !== 'string' && !isUrl(url)) throw invalid(`${option}.url`, url, "a file's address");
    if (isIntegrity(integrity)) return copyModel({ url, integrity });
    throw invalid(`${option}.integrity`, integrity, "'sha256-' and a file's digest in base64");
  }
  const file = fileOf(given);
  if (file) return file;
  const names = [...Object.keys(ALIASES), ...MODEL_NAMES];
  throw invalid(option, model, `${oneOf(names)}, a URL, an ArrayBuffer or { url, integrity }`);
}

/** A copy that whoever gets it may change or transfer. */
export function copyModel(model: Model): Model {
  if (isUrl(model)) return new URL(model.href);
  if (isArrayBuffer(model)) return model.slice(0);
  if (typeof model === 'string') return model;
  return { url: isUrl(model.url) ? model.url.href : model.url, integrity: model.integrity };
}

/**
 * Fails before anything is fetched.
 *
 * @throws {CycloramaError} `asset` for a network that is not to be found: by name, without an `assetBase`, and not in the package
 */
export function assertModelIsHosted(model: Model, assetBase: URL | undefined): void {
  const file = fileOf(model);
  if (file) modelUrl(file, assetBase);
}

function fileOf(name: unknown): ModelFileName | undefined {
  const alias = Object.entries(ALIASES).find(([alias]) => alias === name);
  return alias?.[1] ?? MODEL_NAMES.find((file) => file === name);
}

/** The address of a backend's wasm module. */
export function wasmUrl(backend: Backend, assetBase: URL | undefined): URL {
  // Bundlers find a file of the package only where its name is written out.
  switch (backend) {
    case 'webgpu':
      return assetBase
        ? new URL('wasm/cyclorama_web_bg.wasm', assetBase)
        : new URL('../../wasm/cyclorama_web_bg.wasm', import.meta.url);
    case 'webgl':
      return assetBase
        ? new URL('wasm/cyclorama_webgl_bg.wasm', assetBase)
        : new URL('../../wasm/cyclorama_webgl_bg.wasm', import.meta.url);
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

/** What to do where a file of the package is not to be had. */
const DEPLOY =
  "serve the package's wasm/ and models/ as they are, and point assetBase at the directory with both";

/** A file that Cyclorama needs. */
interface Asset {
  readonly url: URL;
  /** What it is, for the messages of errors. */
  readonly what: string;
  /** What to do where it is not there, for the messages of errors. */
  readonly remedy?: string;
  /** Its digests, where they are known. */
  readonly integrity: string | undefined;
}

/**
 * A backend's wasm module, compiled while it comes but not handed out before it is known to be this version's.
 *
 * @throws {CycloramaError} `asset` or `integrity`
 * @throws the signal's reason once that is aborted
 */
export async function loadWasmModule(
  backend: Backend,
  assetBase: URL | undefined,
  signal?: AbortSignal,
): Promise<WebAssembly.Module> {
  const url = wasmUrl(backend, assetBase);
  let compiled: Promise<WebAssembly.Module> | undefined;
  const bytes = await loadBytes(
    { url, what: 'the wasm module', remedy: DEPLOY, integrity: wasmDigests[backend] },
    signal,
    (response) => {
      compiled = WebAssembly.compileStreaming(response);
      // Whether it matters is known when the bytes are.
      compiled.catch(() => {});
    },
  );
  try {
    // Browsers compile no stream that is not called `application/wasm`.
    const module = compiled?.catch(() => WebAssembly.compile(bytes)) ?? WebAssembly.compile(bytes);
    return await abortable(module, signal);
  } catch (cause) {
    signal?.throwIfAborted();
    throw new CycloramaError(
      'asset',
      `the wasm module ${shorten(url.href)} does not compile: ${thrown(cause)}. ` +
        "The page's policy may lack 'wasm-unsafe-eval' in script-src, or the memory may be full",
      { cause },
    );
  }
}

/**
 * The bytes of a model's `.tflite` file.
 *
 * @throws {CycloramaError} `asset` or `integrity`
 * @throws the signal's reason once that is aborted
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
  // Whoever is not checked by a compiler was by `checkModel`.
  if (!file) throw invalid('model', model, 'the name of a network');
  return {
    url: modelUrl(file, assetBase),
    what: `the model ${file}`,
    remedy: DEPLOY,
    integrity: modelDigests[file],
  };
}

/** A file's bytes, held against its digests. `begin` is given a copy of each response before its bytes have come. */
async function loadBytes(
  { url, what, remedy, integrity }: Asset,
  signal: AbortSignal | undefined,
  begin?: (response: Response) => void,
): Promise<ArrayBuffer> {
  const load = async (cache: RequestCache) => {
    // Where pages may make no digests, the browser does: then a wrong file looks as one that could not be fetched.
    const request: RequestInit = integrity && !canDigest() ? { cache, integrity } : { cache };
    const refused = new AbortController();
    const stop = signal ? AbortSignal.any([signal, refused.signal]) : refused.signal;
    const response = await fetchAsset(url, what, stop, { ...request, ...(remedy && { remedy }) });
    begin?.(response.clone());
    const body = readAtMost(response, MAX_ASSET_BYTES).catch((cause) => {
      // The copy would be fetched to its end, which may never come.
      refused.abort();
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
    // It may have lain in the browser's cache since the version before.
    return load('reload');
  }
}

function modelUrl(model: ModelFileName, assetBase: URL | undefined): URL {
  if (assetBase) return new URL(`models/${model}.tflite`, assetBase);
  // Bundlers find a file of the package only where its name is written out.
  switch (model) {
    case 'selfie_segmentation_landscape':
      return new URL('../../models/selfie_segmentation_landscape.tflite', import.meta.url);
    case 'selfie_segmentation':
      return new URL('../../models/selfie_segmentation.tflite', import.meta.url);
    default:
      throw new CycloramaError(
        'asset',
        `the model ${model} does not come with the package: pass the URL of its .tflite file, or an assetBase with models/${model}.tflite`,
      );
  }
}

/** @throws {CycloramaError} `asset` where an address of the caller's is none; `what` it is of, for the message */
export function resolveUrl(address: string | URL, what: string): URL {
  try {
    // Workers have no document, and go by the address of their script.
    const { document, location }: { document?: { baseURI: string }; location?: { href: string } } =
      globalThis;
    return new URL(address, document?.baseURI ?? location?.href);
  } catch (cause) {
    throw new CycloramaError('asset', `the address "${shorten(String(address))}" of ${what} is no URL`, {
      cause,
    });
  }
}

/** How a file is asked for, and what to do where it is not there, for the error's message. */
type AssetRequest = RequestInit & { readonly remedy?: string };

/**
 * Fetches a file that Cyclorama needs. A `data:` address is read here, as policies against requests forbid those too.
 *
 * @param what what the file is, for the error's message
 * @throws {CycloramaError} `asset`, with the address and what became of it
 * @throws the signal's reason once that is aborted
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
    throw new CycloramaError('asset', `${what} is not at ${where}: HTTP status ${response.status}${advice}`);
  }
  // Many servers answer a wrong address with their start page and status 200.
  if (response.headers.get('content-type')?.startsWith('text/html')) {
    throw new CycloramaError('asset', `${what} is not at ${where}: an HTML page is${advice}`);
  }
  return response;
}

/** Why an address may give nothing at all, the likeliest first, as browsers do not say. */
function likelyCauses(url: URL): string {
  switch (url.protocol) {
    case 'data:':
      return '';
    case 'blob:':
      return "The page's policy may lack blob: in connect-src, or the address was revoked: pass the Blob or its bytes instead";
    case 'file:':
      return 'Browsers give pages no files of the machine: serve it over http';
  }
  const policy = "the page's policy may not have it in connect-src";
  return url.origin === globalThis.location?.origin
    ? `The server may be out of reach, or ${policy}`
    : `Its server may not allow this origin (Access-Control-Allow-Origin), ${policy}, or it is out of reach`;
}

/** Awaits a response's body; a connection that breaks meanwhile is an `asset` error too. */
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
      `${what} broke off while it came from ${shorten(url.href)}: ${thrown(cause)}`,
      { cause },
    );
  }
}
