import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContext, chromium as playwright } from 'playwright-core';
import type { Plugin } from 'vite';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type BuiltPage, buildPage, policy, servePage } from '../built-page.ts';
import { chromium } from '../chromium.ts';
import type { Actions } from './page/main.ts';

// Globals of the page.
declare const tryAll: Actions['tryAll'];
declare const tryStart: Actions['tryStart'];

/** How far rounding, and a model that is nearly certain, may change a person, in levels. */
const KEPT = 3;

const root = fileURLToPath(new URL('page', import.meta.url));
const outDir = fileURLToPath(new URL('../../output/policy', import.meta.url));

let served: BuiltPage;
let browser: Browser;
let context: BrowserContext;
/** Which files are served with a changed byte, and how many more times. */
let tampering = { with: /$^/, times: 0 };
/** Requests of pages and their workers to other servers. */
let foreign: string[] = [];

const tamperer: Plugin = {
  name: 'tamperer',
  configurePreviewServer({ middlewares }) {
    middlewares.use(async (request, response, next) => {
      const path = request.url ?? '';
      if (tampering.times === 0 || !tampering.with.test(path)) return next();
      tampering.times -= 1;
      const file = await readFile(`${outDir}${path}`);
      // A model's last byte belongs to a weight, a module's last byte to a name. Without the check, both files would still load.
      file[file.length - 1] = (file.at(-1) ?? 0) ^ 1;
      response.setHeader(
        'Content-Type',
        path.endsWith('.wasm') ? 'application/wasm' : 'application/octet-stream',
      );
      response.setHeader('Content-Security-Policy', policy);
      response.end(file);
    });
  },
};

beforeAll(async () => {
  await buildPage(root, outDir);
  served = await servePage(root, outDir, { plugins: [tamperer] });
  browser = await playwright.launch(chromium);
});

afterAll(async () => {
  await browser?.close();
  await served?.close();
});

beforeEach(async () => {
  context = await browser.newContext();
  served.reports.length = 0;
  foreign = [];
  tampering = { with: /$^/, times: 0 };
  context.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(served.url) && !url.startsWith('blob:')) foreign.push(url);
  });
});

afterEach(() => context.close());

async function open() {
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  const response = await page.goto(served.url);
  expect(response?.headers()['content-security-policy']).toBe(`${policy}; report-uri /reports`);
  return { page, complaints };
}

test.each(['webgpu', 'webgl', 'cpu'] as const)(
  'every effect works on %s without a policy violation',
  async (backend) => {
    const { page, complaints } = await open();
    const starting = page.waitForEvent('worker');
    const found = await page.evaluate((backend) => tryAll(backend), backend);
    expect((await starting).url()).toMatch(new RegExp(`^${served.url}`));
    const { none, ...effects } = found;
    expect(none?.map(({ outcome }) => outcome)).toEqual(['raw', 'raw']);
    for (const { wall } of none ?? []) expect(wall, 'the camera shows the wall').toBeGreaterThan(0.3);
    expect(Object.keys(effects)).toEqual([
      'blur',
      'image',
      'video',
      'image of a file',
      'image of data',
      'video of a file',
      'track',
    ]);
    for (const [name, frames] of Object.entries(effects)) {
      expect(frames).toHaveLength(name === 'track' ? 1 : 2);
      // This includes the first frame.
      for (const { outcome, wall, person } of frames) {
        expect(outcome, name).toBe('processed');
        expect(wall, `the wall under ${name}`).toBeLessThan(0.02);
        expect(person, `the person under ${name}, compared with the camera`).toBeLessThan(KEPT);
      }
    }
    expect(served.reports).toEqual([]);
    expect(foreign).toEqual([]);
    expect(complaints).toEqual([]);
  },
);

test('policy violations are reported, on the page and in the worker', async () => {
  const { page } = await open();
  await page.evaluate(() => {
    const style = document.createElement('style');
    style.textContent = 'body { color: red }';
    document.head.append(style);
  });
  await expect.poll(() => served.reports.join()).toContain('style-src-elem');

  const starting = page.waitForEvent('worker');
  const creating = page.evaluate(() => tryStart('cpu'));
  const worker = await starting;
  await worker.evaluate(() => fetch('https://example.com/').catch(() => {}));
  await expect.poll(() => served.reports.join()).toContain('connect-src');
  await creating;
  expect(served.reports).toHaveLength(2);
});

test.each([
  ['webgpu', 'the WebAssembly module', /cyclorama_web_bg.*\.wasm$/],
  ['webgl', 'the WebAssembly module', /cyclorama_webgl_bg.*\.wasm$/],
  ['cpu', 'the WebAssembly module', /cyclorama_cpu_relaxed_bg.*\.wasm$/],
  ['cpu', 'the model', /\.tflite$/],
] as const)('on %s %s of another version is refused, with both digests', async (backend, what, file) => {
  tampering = { with: file, times: 2 };
  const { page } = await open();
  const error = await page.evaluate((backend) => tryStart(backend), backend);
  expect(error?.code).toBe('integrity');
  expect(error?.message).toContain(what);
  expect(error?.message).toMatch(/found sha256-[\w+/]{43}=, expected sha256-[\w+/]{43}=/);
  expect(tampering.times, 'the file is requested once more').toBe(0);
});

test.each([/\.wasm$/, /\.tflite$/])('an outdated file in the cache is replaced: %s', async (file) => {
  tampering = { with: file, times: 1 };
  const { page } = await open();
  expect(await page.evaluate(() => tryStart('cpu'))).toBeUndefined();
  expect(tampering.times).toBe(0);
});
