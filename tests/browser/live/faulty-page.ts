/**
 * Makes the page's part of the browser fail on command, and records what the SDK acquires from it. The SDK does not depend on it.
 * The worker's part is `faulty-patches.ts`.
 */
import type { Failure } from './fault-channel.js';

/** The SDK's workers that were started and not terminated by {@link endWorkers}. */
const workers: Worker[] = [];
/** The failure that workers have from their start on. */
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

/** Terminates the workers, as a browser does that is short of memory. */
export function endWorkers(): void {
  for (const worker of workers.splice(0)) worker.terminate();
}

/** URLs whose requests are never answered. */
const silent = new Set<RegExp>();
const browserFetch = globalThis.fetch;
globalThis.fetch = (input, init) => {
  const url = input instanceof Request ? input.url : String(input);
  if (![...silent].some((pattern) => pattern.test(url))) return browserFetch(input, init);
  const { signal } = init ?? {};
  return new Promise((_, reject) => {
    signal?.throwIfAborted();
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
};

/** Runs an action during which the page's requests for some URLs are never answered. */
export async function withoutAnswers<Result>(urls: RegExp, action: () => Promise<Result>): Promise<Result> {
  silent.add(urls);
  try {
    return await action();
  } finally {
    silent.delete(urls);
  }
}

/** Runs an action during which requests for GPU adapters are never answered: the page's, and those of workers started meanwhile. */
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

/** The page's videos that still have a source. */
export function openVideos(): HTMLVideoElement[] {
  return videos.filter((video) => video.hasAttribute('src') || video.srcObject !== null);
}
