import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseReport, type Report, STAGES } from '../../../demo-chime/src/benchmark/report.ts';
import { type Demo, openDemo, output, type Visit, violations } from './harness.ts';

const landscape = 'selfie_segmentation_landscape';
/** Settings for the CPU, whose engine starts fast. */
const onCpu = `models=${landscape}&backends=cpu&sizes=320x180&refinement=none&warmup=0&seconds=0&quality=0`;

let demo: Demo;
/** The report of the whole run and its link, for the following tests. */
let measured: Report;
let link: string;

beforeAll(async () => {
  demo = await openDemo();
});

afterAll(() => demo?.close());

test('a run by keyboard ends with a report whose charts, tables and files agree', async () => {
  const { page, requests, complaints, close } = await open(
    `?models=${landscape}&backends=webgpu-f32,webgl,cpu&sizes=1280x720&rounds=2&frames=4&warmup=1&seconds=0.2`,
    { viewport: { width: 1280, height: 900 } },
  );
  await expect.poll(() => page.locator('#estimate').textContent()).toContain('6 configurations, 3 engines');
  await page.getByRole('button', { name: 'Start' }).focus();
  await page.keyboard.press('Enter');
  expect(await focused(page)).toBe('stop');
  await ended(page, 'done');
  expect(await focused(page)).toBe('results-title');

  measured = await reportOf(page);
  expect(measured.rows.map(({ backend, refinement, error }) => [backend, refinement, error])).toEqual([
    ['webgpu', 'guided', undefined],
    ['webgpu', 'none', undefined],
    ['webgl', 'guided', undefined],
    ['webgl', 'none', undefined],
    ['cpu', 'guided', undefined],
    ['cpu', 'none', undefined],
  ]);
  expect(measured.machine.adapter).toMatchObject({ software: true, timestamps: true, f16: false });
  for (const row of measured.rows) {
    const { stages, ranges, stopwatch, framesPerSecond, quality } = row;
    expect(row.modelSize).toEqual([256, 144]);
    if (row.backend === 'cpu') {
      for (const stage of STAGES) expect(stages[stage], stage).toMatchObject({ cpu: { clock: 'cpu', n: 8 } });
      expect(ranges.inference).toEqual(stages.inference?.cpu);
    } else {
      const clock = row.backend === 'webgpu' ? 'gpu' : 'completed';
      expect(stages.inference).toMatchObject({ cpu: { clock: 'cpu' }, gpu: { clock, n: 8 } });
      expect(ranges.inference).toEqual(stages.inference?.gpu);
    }
    expect(ranges.segmentation?.median).toBeGreaterThan(ranges.inference?.median ?? Number.NaN);
    expect(framesPerSecond).toMatchObject({ clock: 'completed', n: 2 });
    expect(ranges.frame).toMatchObject({ clock: 'completed', n: stopwatch?.n });
    expect(quality?.reference).toContain('selfie_segmentation, guided');
    expect(quality?.iou).toBeGreaterThan(0.7);
    expect(quality?.iou).toBeLessThan(1);
  }

  // The engine's timings of whole frames agree with the page's own clock.
  const sum = (values: (number | undefined)[]) =>
    values.reduce<number>((all, value) => all + (value ?? Number.NaN), 0);
  const difference = (backend: string) => {
    const rows = measured.rows.filter((row) => row.backend === backend);
    return Math.abs(
      sum(rows.map(({ stopwatch }) => stopwatch?.median)) /
        sum(rows.map(({ ranges }) => ranges.frame?.median)) -
        1,
    );
  };
  expect(difference('webgpu')).toBeLessThan(0.05);
  // WebGL detects completion by a fence that is polled every few ms, so its (c) is some ms late.
  expect(difference('webgl')).toBeLessThan(0.15);
  expect(difference('cpu')).toBeLessThan(0.15);

  const charts = page.locator('.chart');
  expect(await charts.evaluateAll((all) => all.map((chart) => (chart as HTMLElement).dataset.chart))).toEqual(
    ['stages', 'ranges', 'rates', 'timeline'],
  );
  for (const chart of await charts.all()) {
    const canvas = chart.locator('canvas');
    expect(await canvas.getAttribute('aria-label')).toMatch(/table below/);
    const name = (await chart.getAttribute('data-chart')) ?? '';
    expect(await colorsOf(page, await canvas.elementHandle()), name).toBeGreaterThanOrEqual(
      { stages: 4, ranges: 3, rates: 1, timeline: 3 }[name] ?? Number.NaN,
    );
    await chart.locator('summary').focus();
    await page.keyboard.press('Enter');
    expect(await chart.locator('tbody tr').count()).toBe(6);
    await page.keyboard.press('Enter');
    await chart.screenshot({ path: `${output}benchmark-chart-${name}.png` });
  }
  expect(await page.locator('#figures tbody tr').count()).toBe(6);
  expect(await page.locator('#images figure').count()).toBe(2);
  expect(await page.locator('#caveats').textContent()).toContain('do not show the speed of a GPU');

  expect(parseReport(await download(page, 'Download JSON'))).toEqual(measured);
  const lines: Record<string, string>[] = parse(await download(page, 'Download CSV'), { columns: true });
  const inference = lines.find(
    (line) => line.kind === 'range' && line.figure === 'inference' && line.backend === 'webgpu',
  );
  expect(inference).toMatchObject({
    median: String(measured.rows[0]?.ranges.inference?.median),
    clock: 'gpu',
  });
  const table = (await download(page, 'Download Markdown'))
    .split('\n\n')
    .find((block) => block.startsWith('|'));
  expect(table?.split('\n').map((line) => line.split('|').length)).toEqual(Array(8).fill(13));
  await page.getByRole('button', { name: 'Copy link' }).click();
  await expect.poll(() => page.locator('#status').textContent()).toBe('Copied.');
  link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).toBe(await page.locator('#link').evaluate((anchor) => (anchor as HTMLAnchorElement).href));

  await page.screenshot({ path: `${output}benchmark.png`, fullPage: true });
  expect(await violations(page)).toEqual([]);
  expect(requests.filter((url) => !url.startsWith(demo.url) && !/^(blob|data):/.test(url))).toEqual([]);
  expect(complaints).toEqual([]);
  await close();
});

test('a link shows its report without a run, on a dark phone', async () => {
  const { page, complaints, close } = await open(new URL(link).hash, {
    viewport: { width: 390, height: 844 },
    colorScheme: 'dark',
    reducedMotion: 'reduce',
  });
  await expect.poll(() => page.locator('#figures tbody tr').count()).toBe(6);
  expect(await page.evaluate(() => document.documentElement.dataset.benchmark)).toBe('idle');
  expect(parseReport(await download(page, 'Download JSON'))).toEqual(measured);
  expect(await page.locator('.chart:visible').count()).toBe(3);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(overflow).toBeLessThanOrEqual(0);
  await page.screenshot({ path: `${output}benchmark-phone-dark.png`, fullPage: true });
  expect(await violations(page)).toEqual([]);

  const axis = () =>
    page.locator('[data-chart=rates] canvas').evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
  const dark = await axis();
  await page.emulateMedia({ colorScheme: 'light' });
  await expect.poll(axis).not.toBe(dark);
  expect(complaints).toEqual([]);
  await close();
});

test('a run is compared with an earlier one', async () => {
  const { page, complaints, close } = await open(`?${onCpu}&rounds=2&frames=4&run`, {});
  await ended(page, 'done');
  const first = await reportOf(page);
  const [row] = first.rows;
  const { inference } = row?.ranges ?? {};
  if (!row || !inference) throw new Error('the run has no rows');
  const spread = { mad: inference.median / 100, n: 100 };
  const stable = { ...row, ranges: { ...row.ranges, inference: { ...inference, ...spread } } };
  const slow = {
    ...row,
    ranges: { ...row.ranges, inference: { ...inference, ...spread, median: 3 * inference.median } },
  };
  const file = (rows: unknown[], date: string) => ({
    name: 'report.json',
    mimeType: 'application/json',
    buffer: Buffer.from(JSON.stringify({ ...first, date, rows })),
  });
  const assessments = () =>
    page
      .locator('#differences tbody tr')
      .evaluateAll((lines) => lines.map((line) => (line as HTMLElement).dataset.assessment));

  // Compares the shown report with a file, which was slower.
  await page
    .locator('#open-report')
    .getByLabel('JSON file')
    .setInputFiles(file([stable], '2026-01-02T00:00:00Z'));
  await page
    .locator('#open-baseline')
    .getByLabel('JSON file')
    .setInputFiles(file([slow], '2026-01-01T00:00:00Z'));
  await expect.poll(assessments).toEqual(['faster', 'no difference shown', 'no difference shown']);
  await page.screenshot({ path: `${output}benchmark-comparison.png`, fullPage: true });

  // Compares the other way round, with the stored run of this browser.
  await page.goto(`${demo.url}benchmark.html`);
  await page
    .locator('#open-report')
    .getByLabel('JSON file')
    .setInputFiles(file([slow], '2026-01-03T00:00:00Z'));
  await expect.poll(() => page.locator('#figures tbody tr').count()).toBe(1);
  await page.getByLabel('Earlier run').selectOption({ index: 1 });
  await expect.poll(async () => (await assessments())[0]).toBe('slower');
  expect(await page.locator('#comparison-about').textContent()).toContain('1 slower');
  await page.getByRole('button', { name: 'Delete earlier runs' }).click();
  expect(await page.getByLabel('Earlier run').locator('option').count()).toBe(1);
  expect(complaints).toEqual([]);
  await close();
});

test('invalid reports are rejected with a message, and untrusted text stays text', async () => {
  const { page, complaints, close } = await open('#report=AAAA', {});
  const problem = page.getByRole('alert');
  await expect.poll(() => problem.textContent()).toContain('damaged');
  const file = page.locator('#open-report').getByLabel('JSON file');
  const choose = (text: string) =>
    file.setInputFiles({ name: 'a.json', mimeType: 'application/json', buffer: Buffer.from(text) });
  for (const [text, message] of [
    ['<!doctype html>', 'not JSON'],
    ['{"schema":"cyclorama-benchmark/2"}', 'another version'],
    [JSON.stringify({ ...measured, rows: [{}] }), 'damaged at "rows.0.'],
  ] as const) {
    await choose(text);
    await expect.poll(() => problem.textContent()).toContain(message);
  }
  const markup = '<img src=x onerror="document.title = 1">';
  const rows = measured.rows.map((row) => ({
    ...row,
    model: markup,
    error: row.backend === 'webgl' ? markup : undefined,
  }));
  await choose(JSON.stringify({ ...measured, rows, machine: { ...measured.machine, browser: markup } }));
  await expect.poll(() => page.locator('#figures tbody tr').count()).toBe(6);
  expect(await problem.isVisible()).toBe(false);
  expect(await page.locator('#figures').textContent()).toContain(markup);
  expect(await page.locator('main img').count()).toBe(0);
  await page.getByLabel('or its link').first().fill('https://example.org/');
  await page.getByRole('button', { name: 'Open the link' }).click();
  await expect.poll(() => problem.textContent()).toContain('contains no report');
  expect(complaints).toEqual([]);
  await close();
});

test('a model that fails has its row, the others continue, and Stop keeps the results', async () => {
  const { page, complaints, close } = await open(`?${onCpu}&rounds=1&frames=2`, {}, () => {
    Reflect.deleteProperty(Navigator.prototype, 'gpu');
  });
  await expect.poll(() => page.locator('#machine').textContent()).toContain('No WebGPU');
  expect(await page.getByLabel('float32').isDisabled()).toBe(true);
  const broken = { name: 'broken.tflite', mimeType: 'application/octet-stream', buffer: Buffer.alloc(64) };
  await page.getByLabel('Add a .tflite file').setInputFiles(broken);
  await page.getByRole('button', { name: 'Start' }).click();
  await ended(page, 'done');
  const { rows } = await reportOf(page);
  expect(rows.map(({ model, error }) => [model, error !== undefined])).toEqual([
    [landscape, false],
    ['broken', true],
  ]);
  expect(await page.locator('#figures .failed').textContent()).toContain(rows[1]?.error);
  expect(await page.locator('#status').textContent()).toBe('Done: 1 configuration measured, 1 failed.');

  await page.getByLabel('Rounds').fill('100');
  await page.getByLabel('broken').uncheck();
  await page.getByRole('button', { name: 'Start' }).click();
  await expect
    .poll(() => page.locator('#progress').textContent(), { timeout: 60_000 })
    .toContain('round 2 of 100');
  await page.getByRole('button', { name: 'Stop' }).click();
  await ended(page, 'stopped');
  expect((await reportOf(page)).rows.map(({ error, stages }) => [error, Object.keys(stages)])).toEqual([
    [undefined, [...STAGES]],
  ]);
  expect(complaints).toEqual([]);
  await close();
});

test('masks of an image are evaluated with the given ground truth', async () => {
  const { page, complaints, close } = await open(
    `?${onCpu.replace('quality=0', 'quality=1')}&rounds=1&frames=1&source=file`,
    {},
  );
  expect(await page.locator('#estimate').textContent()).toContain('Choose an image');
  await page
    .getByLabel('Image or video')
    .setInputFiles(fileURLToPath(new URL('../../data/astronaut.png', import.meta.url)));
  await page
    .getByLabel('Ground-truth masks')
    .setInputFiles(fileURLToPath(new URL('../../../scripts/clip/matte.png', import.meta.url)));
  await page.getByRole('button', { name: 'Start' }).click();
  await ended(page, 'done');
  const { source, rows } = await reportOf(page);
  expect(source).toEqual({ kind: 'file' });
  expect(rows[0]?.quality?.reference).toBe('given masks (1 frame)');
  expect(rows[0]?.quality?.iou).toBeGreaterThan(0.8);
  await page.screenshot({ path: `${output}benchmark-image.png`, fullPage: true });
  expect(complaints).toEqual([]);
  await close();
});

test('the camera is recorded for two seconds and released', async () => {
  const { page, complaints, close } = await open(`?${onCpu}&rounds=1&frames=2&source=camera`, {
    permissions: ['camera'],
  });
  await page.evaluate(() => {
    const { getUserMedia } = navigator.mediaDevices;
    navigator.mediaDevices.getUserMedia = async function (constraints) {
      const stream = await getUserMedia.call(this, constraints);
      Object.assign(window, { camera: stream.getVideoTracks()[0] });
      return stream;
    };
  });
  await page.getByRole('button', { name: 'Start' }).click();
  await ended(page, 'done');
  expect((await reportOf(page)).source).toEqual({ kind: 'camera' });
  expect((await reportOf(page)).rows.map(({ error }) => error)).toEqual([undefined]);
  const camera = () =>
    page.evaluate(() => (window as unknown as { camera: MediaStreamTrack }).camera.readyState);
  expect(await camera()).toBe('ended');
  expect(complaints).toEqual([]);
  await close();
});

test('an invalid setting is reported, and nothing runs', async () => {
  const { page, close } = await open('?models=bodypix&run', {});
  await ended(page, 'failed');
  expect(await page.getByRole('alert').textContent()).toContain('models=bodypix');
  await close();
});

function open(query: string, options: BrowserContextOptions, ...before: (() => void)[]): Promise<Visit> {
  const permissions = ['clipboard-read', 'clipboard-write'];
  return demo.visit(`benchmark.html${query}`, { permissions, ...options }, ...before);
}

async function ended(page: Page, state: 'done' | 'stopped' | 'failed'): Promise<void> {
  const find = () => page.evaluate(() => document.documentElement.dataset.benchmark);
  await expect.poll(find, { timeout: 200_000, interval: 250 }).toMatch(/done|stopped|failed/);
  expect(await find(), (await page.locator('#problem').textContent()) ?? '').toBe(state);
}

async function reportOf(page: Page): Promise<Report> {
  return parseReport((await page.locator('#report').textContent()) ?? '');
}

const focused = (page: Page) => page.evaluate(() => document.activeElement?.id);

async function download(page: Page, name: string): Promise<string> {
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name }).click(),
  ]);
  return readFile(await file.path(), 'utf8');
}

/** The number of saturated colors that fill more than 60 pixels of a canvas. */
function colorsOf(
  page: Page,
  canvas: Awaited<ReturnType<ReturnType<Page['locator']>['elementHandle']>>,
): Promise<number> {
  return page.evaluate((element) => {
    if (!(element instanceof HTMLCanvasElement)) throw new Error('the element is not a canvas');
    const data = element.getContext('2d')?.getImageData(0, 0, element.width, element.height).data ?? [];
    const counts = new Map<string, number>();
    for (let at = 0; at < data.length; at += 4) {
      const [red = 0, green = 0, blue = 0, alpha = 0] = [data[at], data[at + 1], data[at + 2], data[at + 3]];
      if (alpha < 255 || Math.max(red, green, blue) - Math.min(red, green, blue) < 60) continue;
      const color = `${red} ${green} ${blue}`;
      counts.set(color, (counts.get(color) ?? 0) + 1);
    }
    return [...counts.values()].filter((count) => count > 60).length;
  }, canvas);
}
