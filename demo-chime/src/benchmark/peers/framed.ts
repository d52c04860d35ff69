/** Engines in frames of their own: what one of them does to its globals, its memory or the GPU ends with its frame. */
import type { BenchmarkModel, Peer, PeerBackend, PeerNetwork, PeerResult, PreparedFrame } from '../systems';

/** What the server has of an engine; see `bench/peers/offers.mjs`. */
interface Offer {
  id: string;
  version: string;
  file: string;
  reads: boolean;
  evaluates: boolean;
  own: string[];
  variants: { backend: string; threads: number; precision: 'f32' | 'f16'; tolerance: number }[];
  models: ServedModel[];
}

interface ServedModel {
  name: string;
  width: number;
  height: number;
  paths: Record<string, string>;
  builtin: boolean;
}

/** What `bench/peers/frame.js` gives to the page around it. */
interface Framed {
  open(options: {
    file: string;
    backend: string;
    threads: number;
    tolerance: number;
    model: ServedModel | { name: string; file: ArrayBuffer };
  }): Promise<[width: number, height: number]>;
  infer(frame: PreparedFrame): Promise<PeerResult>;
  refused(): string[];
}

/** A network in a frame, which tells as well what its engine asked for elsewhere and did not get. */
export interface FramedNetwork extends PeerNetwork {
  refused(): readonly string[];
}

/** Frames are served beside the page. */
const folder = new URL('./peers/', document.baseURI);
/** The longest that an engine may take for anything before it counts as hung, in milliseconds. */
const PATIENCE = 120_000;

/**
 * An engine that the server has.
 *
 * @throws {Error} in a sentence that says what to do, where it does not.
 */
export async function loadPeer(id: string, title: string): Promise<Peer> {
  const offer = (await fetchOffers()).find((candidate) => candidate.id === id);
  if (!offer) throw new Error(`${title} is not here: \`npm start -- --peers\` installs and serves it.`);
  const { version, variants, models, reads, own } = offer;
  const served = new Map(models.map((model) => [model.name, model]));
  return {
    version,
    backends: variants.filter(isOffered).map(({ backend, precision, threads }) => ({
      name: backend,
      precision,
      threads,
    })),
    models: (chosen) => chosen.filter(({ name }) => served.has(name) || (reads && !own.includes(name))),
    open: (model, backend, signal) => openFrame(offer, served.get(model.name), model, backend, signal),
  };
}

async function fetchOffers(): Promise<Offer[]> {
  const response = await fetch(new URL('index.json', folder)).catch(() => undefined);
  // A server that knows no such address may answer with a page.
  const isList = response?.ok && response.headers.get('content-type')?.startsWith('application/json');
  return isList ? ((await response.json()) as Offer[]) : [];
}

/** Threads need a page that is cross-origin isolated. */
function isOffered({ backend, threads }: Offer['variants'][number]): boolean {
  return (threads === 1 || crossOriginIsolated) && (backend !== 'webgpu' || 'gpu' in navigator);
}

async function openFrame(
  { file, variants, evaluates }: Offer,
  served: ServedModel | undefined,
  model: BenchmarkModel,
  { name, threads = 1 }: PeerBackend,
  signal: AbortSignal,
): Promise<FramedNetwork> {
  const variant = variants.find((each) => each.backend === name && each.threads === threads);
  if (!variant) throw new Error(`this engine has no backend ${name} with ${threads} thread(s)`);
  const asked = served ?? { name: model.name, file: await model.bytes(signal) };
  const frame = document.createElement('iframe');
  // Out of sight, yet drawn: what is not drawn may be slowed down.
  frame.style.cssText =
    'position: fixed; inline-size: 1px; block-size: 1px; inset: 0 auto auto 0; opacity: 0; border: 0; pointer-events: none';
  frame.title = 'Another engine at work';
  frame.tabIndex = -1;
  frame.ariaHidden = 'true';
  try {
    const framed = await loadFrame(frame, evaluates ? 'frame.html?evaluates' : 'frame.html', signal);
    const { backend, tolerance } = variant;
    const modelSize = await patiently(
      framed.open({ file, backend, threads, tolerance, model: asked }),
      signal,
    );
    return {
      modelSize,
      infer: (picture) => patiently(framed.infer(picture)),
      refused: () => framed.refused(),
      close: () => frame.remove(),
    };
  } catch (error) {
    frame.remove();
    throw error;
  }
}

async function loadFrame(frame: HTMLIFrameElement, page: string, signal: AbortSignal): Promise<Framed> {
  const loaded = new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }));
  frame.src = new URL(page, folder).href;
  document.body.append(frame);
  await patiently(loaded, signal);
  const { peer } = (frame.contentWindow ?? {}) as { peer?: Framed };
  if (!peer) throw new Error('its frame could not be loaded');
  return peer;
}

/** The same promise, but no longer than is reasonable, nor longer than `signal` allows. */
function patiently<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => settle(() => reject(new Error(`no answer within ${PATIENCE / 1000} s`))),
      PATIENCE,
    );
    const stop = (): void => settle(() => reject(signal?.reason));
    const settle = (end: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      end();
    };
    signal?.addEventListener('abort', stop, { once: true });
    promise.then(
      (value) => settle(() => resolve(value)),
      (error) => settle(() => reject(error)),
    );
  });
}
