/** The built package from servers as apps have them: without a bundler, twice on one page, from another origin. */
import { readFile } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContext, type Page, chromium as playwright } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type * as Package from '../../../ts/src/index.js';
import { chromiumWithoutWebGpu } from '../chromium.ts';

/** Imports a copy of the package, in the page. */
declare const load: (url: string) => Promise<typeof Package>;

const root = fileURLToPath(new URL('../../../ts', import.meta.url));
const TYPES: Record<string, string> = {
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
  '.tflite': 'application/octet-stream',
};
const PERSON = await readFile(new URL('../../data/astronaut.png', import.meta.url));

/** The page's server, and a cross-origin one. */
let servers: [app: Server, cdn: Server];
let [app, cdn] = ['', ''];
/** Headers of the page's response, and of the package's files on the page's own server. */
let headers: { page: Record<string, string>; files: Record<string, string> };
/** Files that the servers do not have. */
let missing = /$^/;
/** Files whose requests are never answered, and the pending responses. */
let silent = /$^/;
const unanswered: ServerResponse[] = [];
let browser: Browser;
let context: BrowserContext;

beforeAll(async () => {
  servers = await Promise.all([
    serve(
      () => headers.page,
      () => headers.files,
    ),
    serve(
      () => ({}),
      () => ({ 'Access-Control-Allow-Origin': '*', 'Cross-Origin-Resource-Policy': 'cross-origin' }),
    ),
  ]);
  [app, cdn] = servers.map((server) => `http://127.0.0.1:${(server.address() as { port: number }).port}`) as [
    string,
    string,
  ];
  browser = await playwright.launch(chromiumWithoutWebGpu);
});

afterAll(async () => {
  await browser?.close();
  for (const server of servers ?? []) server.close();
});

beforeEach(async () => {
  headers = { page: {}, files: {} };
  missing = /$^/;
  answer();
  context = await browser.newContext();
});

afterEach(() => context.close());

/** Serves the package in the folders /one and /two, and an empty page. */
async function serve(
  ofPage: () => Record<string, string>,
  ofFiles: () => Record<string, string>,
): Promise<Server> {
  const server = createServer(async ({ url = '/' }, response) => {
    if (silent.test(url)) {
      unanswered.push(response);
      return;
    }
    const [, path] = /^\/(?:one|two)(\/(?:dist|wasm|models)\/[\w./-]+)$/.exec(url) ?? [];
    try {
      if (path && !missing.test(path)) {
        const file = await readFile(`${root}${path}`);
        const type = TYPES[extname(path)] ?? 'text/plain';
        response.writeHead(200, { 'Content-Type': type, ...ofFiles() }).end(file);
      } else if (url === '/person.png') {
        response.writeHead(200, { 'Content-Type': 'image/png' }).end(PERSON);
      } else if (url === '/') {
        response.writeHead(200, { 'Content-Type': 'text/html', ...ofPage() });
        response.end(
          '<!doctype html><title>App</title><link rel="icon" href="data:,"><script src="/load.js"></script>',
        );
      } else if (url === '/load.js') {
        response.writeHead(200, { 'Content-Type': 'text/javascript' });
        response.end('globalThis.load = (url) => import(url);');
      } else {
        response.writeHead(404).end();
      }
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/**
 * Serves every file from now on and destroys the pending responses. A browser sends the same request again at once only after the
 * first one has failed.
 */
function answer(): void {
  silent = /$^/;
  for (const response of unanswered.splice(0)) response.destroy();
}

async function openPage(): Promise<Page> {
  const page = await context.newPage();
  await page.goto(app);
  return page;
}

/** The result of a background that uses one copy of the package. */
interface Result {
  outcome?: string;
  /** The color of the left edge, where no person is. */
  edge?: number[];
  /** Whether a track of the same copy shows the same color. */
  track?: boolean;
  code?: string;
  message?: string;
}

/** Makes backgrounds concurrently, one for each URL of a copy, each with a color of its own. */
function show(page: Page, copies: readonly string[], options: { worker?: boolean } = {}): Promise<Result[]> {
  return page.evaluate(
    async ({ copies, options }) => {
      const person = new Image();
      person.src = '/person.png';
      await person.decode();
      const camera = document.createElement('canvas');
      [camera.width, camera.height] = [320, 180];
      const context = camera.getContext('2d', { alpha: false });
      const draw = () => context?.drawImage(person, 70, 0, 180, 180);
      draw();
      const edgeOf = (image: CanvasImageSource) => {
        const screen = new OffscreenCanvas(320, 180).getContext('2d');
        screen?.drawImage(image, 0, 0, 320, 180);
        return [...(screen?.getImageData(2, 90, 1, 1).data.subarray(0, 3) ?? [])];
      };
      const showOne = async (url: string, index: number): Promise<Result> => {
        let background: Package.VirtualBackground | undefined;
        try {
          const { VirtualBackground } = await load(url);
          const level = 40 * (index + 1);
          const color = `#${level.toString(16).padStart(2, '0').repeat(3)}`;
          background = await VirtualBackground.create({
            effect: { kind: 'color', color, lightWrap: 0 },
            quality: 'high',
            ...options,
          });
          const { image, outcome } = await background.processFrame(camera);
          const edge = edgeOf(image);
          image.close();

          const [source] = camera.captureStream(10).getVideoTracks();
          const video = document.createElement('video');
          video.muted = true;
          video.srcObject = new MediaStream([await background.processTrack(source as MediaStreamTrack)]);
          const drawing = setInterval(draw, 100);
          await video.play();
          await new Promise((resolve) => video.requestVideoFrameCallback(resolve));
          clearInterval(drawing);
          const track = edgeOf(video).every((shown) => Math.abs(shown - level) <= 3);
          source?.stop();
          return { outcome, edge, track };
        } catch (cause) {
          const { code, message } = cause as Package.CycloramaError;
          return { code: String(code), message };
        } finally {
          await background?.destroy();
        }
      };
      return Promise.all(copies.map(showOne));
    },
    { copies, options },
  );
}

const shown = (level: number) => ({ outcome: 'processed', edge: [level, level, level], track: true });

test('two copies of the package and five backgrounds share a page', async () => {
  const page = await openPage();
  const [one, two] = [`${app}/one/dist/index.js`, `${app}/two/dist/index.js`];
  const results = await show(page, [one, two, one, two, one]);
  expect(results).toEqual([40, 80, 120, 160, 200].map(shown));
  await expect.poll(() => page.workers().length).toBe(0);
});

test('the package loads from another origin, worker included', async () => {
  const page = await openPage();
  const workers: string[] = [];
  page.on('worker', (worker) => workers.push(worker.url()));
  expect(await show(page, [`${cdn}/one/dist/index.js`])).toEqual([shown(40)]);
  // The worker of a cross-origin script starts from a same-origin script that imports it.
  expect(workers).toEqual([expect.stringMatching(/^blob:/)]);
  await expect.poll(() => page.workers().length).toBe(0);
});

test('the package loads from another origin under a policy that allows it', async () => {
  headers.page['Content-Security-Policy'] = policy(`worker-src blob: ${cdn}`);
  expect(await show(await openPage(), [`${cdn}/one/dist/index.js`])).toEqual([shown(40)]);
});

test('the error names the fix if the policy allows no cross-origin worker', async () => {
  headers.page['Content-Security-Policy'] = policy(`worker-src 'self'`);
  const page = await openPage();
  const [refused] = await show(page, [`${cdn}/one/dist/index.js`]);
  expect(refused).toMatchObject({ code: 'worker' });
  for (const words of [`blob: and ${cdn}`, 'worker-src', 'worker: false'])
    expect(refused?.message).toContain(words);
  expect(await show(page, [`${cdn}/one/dist/index.js`], { worker: false })).toEqual([shown(40)]);
});

test('the error names the required headers first if the page demands headers of its scripts', async () => {
  headers.page['Cross-Origin-Embedder-Policy'] = 'require-corp';
  headers.page['Cross-Origin-Opener-Policy'] = 'same-origin';
  const page = await openPage();
  const [refused] = await show(page, [`${app}/one/dist/index.js`]);
  expect(refused).toMatchObject({ code: 'worker' });
  expect(refused?.message).toMatch(/\(1\)[^(]*Cross-Origin-Embedder-Policy/);
  headers.files['Cross-Origin-Embedder-Policy'] = 'require-corp';
  expect(await show(await openPage(), [`${app}/two/dist/index.js`])).toEqual([shown(40)]);
});

test('a copy of the package without the module in relaxed SIMD loads the other one', async () => {
  missing = /_relaxed_bg\.wasm$/;
  const page = await openPage();
  const requests: string[] = [];
  context.on('request', (request) => requests.push(request.url()));
  expect(await show(page, [`${app}/one/dist/index.js`])).toEqual([shown(40)]);
  expect(requests.filter((url) => url.endsWith('.wasm'))).toEqual(
    ['_relaxed', ''].map((kind) => `${app}/one/wasm/cyclorama_cpu${kind}_bg.wasm`),
  );
});

test.each([
  ['worker.js', true],
  ['cyclorama_cpu_relaxed_bg.wasm', false],
  ['selfie_segmentation_landscape.tflite', false],
])(
  'a call whose request for %s is never answered ends in time, and the next call succeeds (worker: %s)',
  async (file, worker) => {
    silent = new RegExp(`/${file}$`);
    const page = await openPage();
    const url = `${app}/one/dist/index.js`;
    const name = await page.evaluate(
      async ({ url, worker }) => {
        const { VirtualBackground } = await load(url);
        const creating = VirtualBackground.create({ worker, signal: AbortSignal.timeout(400) });
        return creating.then(
          () => 'nothing',
          (cause: Error) => cause.name,
        );
      },
      { url, worker },
    );
    expect(name).toBe('TimeoutError');
    answer();
    await expect.poll(() => page.workers().length).toBe(0);
    expect(await show(page, [url], { worker })).toEqual([shown(40)]);
  },
);

function policy(worker: string): string {
  return `default-src 'none'; script-src ${app} ${cdn} 'wasm-unsafe-eval'; ${worker}; connect-src ${cdn}; img-src 'self' data:`;
}
