import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Browser, type Page, chromium as playwright } from 'playwright-core';
import { build, type Plugin, type PreviewServer, preview } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { peers } from '../../../bench/peers/plugin.mjs';
import { parseReport, type Report } from '../../../demo-chime/src/benchmark/report.ts';
import { chromiumWithoutWebGpu } from '../chromium.ts';
import { unless, withMeet } from '../matrix.ts';
import { output } from './harness.ts';
import { root, site } from './site.ts';

const modules = fileURLToPath(new URL('../../../bench/node_modules/@litertjs/core', import.meta.url));
const landscape = {
  name: 'selfie_segmentation_landscape',
  width: 256,
  height: 144,
  paths: { path: 'models/selfie_segmentation_landscape.tflite' },
  builtin: false,
};
const run = `models=${landscape.name}&backends=webgl&sizes=320x180&refinement=none&rounds=1&frames=2&warmup=0&seconds=0.1&run`;

const servers: PreviewServer[] = [];
let browser: Browser;

/** Builds the benchmark page alone. */
const benchmarkAlone: Plugin = {
  name: 'benchmark-alone',
  config(config) {
    if (config.build?.rolldownOptions) config.build.rolldownOptions.input = ['benchmark.html'];
  },
};

/** Serves the built demo. With other engines, it has a separate build. */
async function serve(withPeers: boolean): Promise<string> {
  const outDir = withPeers ? `${output}peers` : site;
  const plugins = withPeers ? [peers(), benchmarkAlone] : [];
  const options = { root, logLevel: 'warn', build: { outDir, emptyOutDir: true } } as const;
  if (withPeers) await build({ ...options, plugins });
  const server = await preview({ ...options, plugins, preview: { host: '127.0.0.1' } });
  servers.push(server);
  return server.resolvedUrls?.local[0] ?? '';
}

async function open(url: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  page.setDefaultTimeout(60_000);
  await page.goto(url);
  return page;
}

async function reportOf(page: Page): Promise<Report> {
  const state = () => page.evaluate(() => document.documentElement.dataset.benchmark);
  await expect.poll(state, { timeout: 200_000, interval: 250 }).toMatch(/done|stopped|failed/);
  expect(await state(), (await page.locator('#problem').textContent()) ?? '').toBe('done');
  return parseReport((await page.locator('#report').textContent()) ?? '');
}

beforeAll(async () => {
  browser = await playwright.launch(chromiumWithoutWebGpu);
});

afterAll(async () => {
  await browser?.close();
  await Promise.all(servers.map((server) => server.close()));
});

test('a page without other engines explains how to install them, and allows no iframes', async () => {
  const page = await open(`${await serve(false)}benchmark.html?${run}&quality=0&peers=litert`);
  const { rows } = await reportOf(page);
  expect(rows.map(({ system, error }) => [system, error !== undefined])).toEqual([
    ['cyclorama', false],
    ['litert', true],
  ]);
  expect(rows[1]?.error).toContain('npm start -- --peers');
  const policy = page.locator('meta[http-equiv="Content-Security-Policy"]');
  expect(await policy.getAttribute('content')).not.toContain('frame-src');
});

test('an engine is measured after its mask was verified, and cannot reach other hosts', async () => {
  const page = await open(`${await serve(true)}peers/frame.html`);
  // Cyclorama is an engine like the others and needs no packages.
  const options = { file: 'cyclorama.js', backend: 'cpu', threads: 1, tolerance: 0.01, model: landscape };
  const found = await page.evaluate(async (options) => {
    const { peer } = globalThis as unknown as { peer: Framed };
    const size = await peer.open(options);
    const image = await createImageBitmap(await (await fetch('./data/astronaut.png')).blob());
    const { mask, inference, segmentation } = await peer.infer(image);
    const before = peer.refused();
    const reached = await fetch('https://example.com/').then(
      () => true,
      () => false,
    );
    const { width, height, levels } = mask;
    const fraction = levels.reduce((sum, level) => sum + level, 0) / levels.length / 255;
    return { size, width, height, fraction, inference, segmentation, before, reached };
  }, options);
  expect(found.size).toEqual([256, 144]);
  expect([found.width, found.height]).toEqual([256, 144]);
  // The astronaut fills about half of the photo.
  expect(found.fraction).toBeGreaterThan(0.3);
  expect(found.fraction).toBeLessThan(0.8);
  expect(found.inference).toBeGreaterThan(0);
  expect(found.segmentation).toBeGreaterThanOrEqual(found.inference ?? Number.NaN);
  expect(found.before).toEqual([]);
  expect(found.reached).toBe(false);
  // The browser reports the violation a moment later.
  const refused = () => page.evaluate(() => (globalThis as unknown as { peer: Framed }).peer.refused());
  await expect.poll(refused).toEqual([expect.stringContaining('https://example.com')]);
});

test('an engine with a different mask gets no figures', withMeet, async () => {
  const url = servers[1]?.resolvedUrls?.local[0];
  const page = await open(`${url}peers/frame.html`);
  // Google Meet's model instead of the other one: the same size, with other weights.
  const model = { ...landscape, paths: { path: 'models/segm_full_v679.tflite' } };
  const options = { file: 'cyclorama.js', backend: 'cpu', threads: 1, tolerance: 0.01, model };
  const message = await page.evaluate(async (options) => {
    const { peer } = globalThis as unknown as { peer: Framed };
    return peer.open(options).catch((error: Error) => error.message);
  }, options);
  expect(message).toContain('differs from the expected one');
});

test(
  'installed engines are in the report with Cyclorama',
  unless(existsSync(modules) ? '' : 'the other engines are not installed (npm start -- --peers)'),
  async () => {
    const url = servers[1]?.resolvedUrls?.local[0];
    const page = await open(`${url}benchmark.html?${run}&quality=1&peers=litert`);
    const { rows } = await reportOf(page);
    const onCpu = rows.find((row) => row.system === 'litert' && row.backend === 'cpu');
    expect(onCpu).toMatchObject({ model: landscape.name, modelSize: [256, 144], refinement: 'none' });
    expect(onCpu?.error).toBeUndefined();
    const { inference, segmentation, frame } = onCpu?.ranges ?? {};
    expect(inference).toMatchObject({ clock: 'completed', n: 2 });
    expect(segmentation?.median).toBeGreaterThan(inference?.median ?? Number.NaN);
    expect(frame).toBeUndefined();
    // It runs the same model on the same frames.
    const ours = rows.find(({ system }) => system === 'cyclorama');
    expect(Math.abs((onCpu?.quality?.iou ?? 0) - (ours?.quality?.iou ?? 1))).toBeLessThan(0.1);
    expect(await page.locator('iframe').count()).toBe(0);
  },
);

/** The interface of `bench/peers/frame.js`. */
interface Framed {
  open(options: object): Promise<[number, number]>;
  infer(frame: ImageBitmap): Promise<{
    mask: { width: number; height: number; levels: Uint8Array };
    inference?: number;
    segmentation: number;
  }>;
  refused(): string[];
}
