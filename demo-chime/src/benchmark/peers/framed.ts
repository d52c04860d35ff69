/** Runs each engine in its own iframe. Its globals, its memory and its GPU resources are released with the iframe. */
import type { BenchmarkModel, Peer, PeerBackend, PeerModel, PeerResult, PreparedFrame } from '../engines';

/** An engine that the server offers; see `bench/peers/offers.mjs`. */
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

/** The interface of `bench/peers/frame.js`. */
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

/** A model in an iframe. It also reports the blocked requests of its engine. */
export interface FramedModel extends PeerModel {
  refused(): readonly string[];
}

/** The folder of the iframe's page, next to this page. */
const folder = new URL('./peers/', document.baseURI);
/** The timeout of each call to an engine, in milliseconds. */
const TIMEOUT = 120_000;

/**
 * Loads an engine from the server.
 *
 * @throws {Error} with instructions if the server does not offer it.
 */
export async function loadPeer(id: string, title: string): Promise<Peer> {
  const offer = (await fetchOffers()).find((candidate) => candidate.id === id);
  if (!offer)
    throw new Error(`${title} is not installed. Run \`npm start -- --peers\` to install and serve it.`);
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
  // A server without the file may answer with an HTML page.
  const isList = response?.ok && response.headers.get('content-type')?.startsWith('application/json');
  return isList ? ((await response.json()) as Offer[]) : [];
}

/** Threads need cross-origin isolation. */
function isOffered({ backend, threads }: Offer['variants'][number]): boolean {
  return (threads === 1 || crossOriginIsolated) && (backend !== 'webgpu' || 'gpu' in navigator);
}

async function openFrame(
  { file, variants, evaluates }: Offer,
  served: ServedModel | undefined,
  model: BenchmarkModel,
  { name, threads = 1 }: PeerBackend,
  signal: AbortSignal,
): Promise<FramedModel> {
  const variant = variants.find((each) => each.backend === name && each.threads === threads);
  if (!variant) throw new Error(`this engine has no backend ${name} with ${threads} thread(s)`);
  const asked = served ?? { name: model.name, file: await model.bytes(signal) };
  const frame = document.createElement('iframe');
  // Invisible but rendered: browsers may throttle iframes that are not rendered.
  frame.style.cssText =
    'position: fixed; inline-size: 1px; block-size: 1px; inset: 0 auto auto 0; opacity: 0; border: 0; pointer-events: none';
  frame.title = 'Engine of the benchmark';
  frame.tabIndex = -1;
  frame.ariaHidden = 'true';
  try {
    const framed = await loadFrame(frame, evaluates ? 'frame.html?evaluates' : 'frame.html', signal);
    const { backend, tolerance } = variant;
    const modelSize = await withTimeout(
      framed.open({ file, backend, threads, tolerance, model: asked }),
      signal,
    );
    return {
      modelSize,
      infer: (image) => withTimeout(framed.infer(image)),
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
  await withTimeout(loaded, signal);
  const { peer } = (frame.contentWindow ?? {}) as { peer?: Framed };
  if (!peer) throw new Error('its iframe could not be loaded');
  return peer;
}

/** Limits a promise by the timeout and by `signal`. */
function withTimeout<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => settle(() => reject(new Error(`no response within ${TIMEOUT / 1000} s`))),
      TIMEOUT,
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
