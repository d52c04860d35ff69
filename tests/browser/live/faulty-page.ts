/**
 * Makes the page's side of the browser fail on command, and keeps what the SDK takes from it: the SDK itself knows nothing of it.
 * The worker's side is `faulty-patches.ts`.
 */
import type { Failure } from './fault-channel.js';

/** Workers of the SDK's that were started, and not ended by {@link endWorkers}. */
const workers: Worker[] = [];
/** What workers fail with from their start on. */
let failing: Failure | undefined;
const BrowserWorker = globalThis.Worker;
globalThis.Worker = class extends BrowserWorker {
  constructor(url: string | URL, options?: WorkerOptions) {
    const ours = options?.name === 'cyclorama';
    super(ours ? Object.assign(faultyWorker(), { hash: failing ?? '' }) : url, options);
    if (ours) workers.push(this);
  }
};

function faultyWorker(): URL {
  return new URL('./faulty-worker.ts', import.meta.url);
}

/** Ends the workers, as a browser does that is short of memory. */
export function endWorkers(): void {
  for (const worker of workers.splice(0)) worker.terminate();
}

/** Addresses that are never answered. */
const silent = new Set<RegExp>();
const browserFetch = globalThis.fetch;
globalThis.fetch = (input, init) => {
  const address = input instanceof Request ? input.url : String(input);
  if (![...silent].some((pattern) => pattern.test(address))) return browserFetch(input, init);
  const { signal } = init ?? {};
  return new Promise((_, reject) => {
    signal?.throwIfAborted();
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
};

/** Has the page's requests for some addresses never answered while something is done. */
export async function withoutAnswers<Result>(
  addresses: RegExp,
  action: () => Promise<Result>,
): Promise<Result> {
  silent.add(addresses);
  try {
    return await action();
  } finally {
    silent.delete(addresses);
  }
}

/** Has requests for GPU adapters never answered while something is done: the page's, and those of workers started meanwhile. */
export async function withoutAdapters<Result>(action: () => Promise<Result>): Promise<Result> {
  const { requestAdapter } = GPU.prototype;
  GPU.prototype.requestAdapter = () => new Promise(() => {});
  failing = 'hang-adapter';
  try {
    return await action();
  } finally {
    failing = undefined;
    GPU.prototype.requestAdapter = requestAdapter;
  }
}

const videos: HTMLVideoElement[] = [];
const { createElement } = Document.prototype;
Document.prototype.createElement = function (this: Document, ...args: Parameters<typeof createElement>) {
  const element = createElement.apply(this, args);
  if (element instanceof HTMLVideoElement) videos.push(element);
  return element;
} as typeof createElement;

/** The page's videos that have a source still. */
export function openVideos(): HTMLVideoElement[] {
  return videos.filter((video) => video.hasAttribute('src') || video.srcObject !== null);
}
