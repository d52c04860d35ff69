import { readFile } from 'node:fs/promises';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  GROUP_NAMES,
  type Group,
  type Report,
  type Row,
  toMarkdown,
} from '../../../demo-chime/src/check/report.ts';
import { inFull } from '../matrix.ts';
import { type Demo, disorder, openDemo, output, type Visit, violations } from './harness.ts';

/** The checks of one backend in one place. */
const CHECKS = [
  'create',
  'color',
  'image',
  'video',
  'blur',
  'transparent',
  'source-bitmap',
  'source-frame',
  'source-video',
  'pause',
  'track',
  'camera',
  'timing-360',
  'timing-720',
  'destroy',
];

/** Chromium also warns without Cyclorama when the track of a transferred stream ends with frames in flight. */
const LOST_FRAME = 'A VideoFrame was garbage collected without being closed';

let demo: Demo;

beforeAll(async () => {
  demo = await openDemo({ webGpu: false });
});

afterAll(() => demo?.close());

test('a whole check ends with a report without failures, to copy and to download', async () => {
  const { page, requests, complaints, close } = await open('?run');
  await ended(page, 'done');
  const report = await reportOf(page);
  expect(failures(report)).toEqual([]);
  expect([...new Set(report.rows.map(({ group }) => group))]).toEqual(GROUP_NAMES);
  expect(report).toMatchObject({ stopped: false, secure: true, userAgent: await userAgent(page) });
  for (const group of ['webgl-worker', 'webgl-page', 'cpu-worker', 'cpu-page'] as const) {
    expect(idsOf(report, group, 'passed')).toEqual(CHECKS);
    expect(rowOf(report, group, 'timing-720').figures).toMatchObject({ clock: 'completed' });
  }
  // Without an adapter, one row reports what is missing.
  for (const group of ['webgpu-worker', 'webgpu-page'] as const) {
    expect(idsOf(report, group, 'unavailable')).toEqual(['create']);
    expect(rowOf(report, group, 'create').detail).toContain('WebGPU');
  }
  for (const place of ['page', 'worker'] as const) {
    expect(rowOf(report, 'browser', 'webgl2', place).status).toBe('passed');
    expect(rowOf(report, 'quirks', 'copy-to', place).status).toBe('passed');
  }
  expect(rowOf(report, 'webgl-worker', 'track').figures?.way).toBe('streams of the page');
  expect(await page.locator('#outcome').textContent()).toBe('Virtual backgrounds work in this browser.');
  expect(await page.locator('#images canvas').count()).toBe(36);
  expect(await focused(page)).toBe('result-title');

  await page.getByRole('button', { name: 'Copy report' }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(toMarkdown(report));
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download JSON' }).click(),
  ]);
  expect(JSON.parse(await readFile(await file.path(), 'utf8'))).toEqual(report);

  expect(await violations(page)).toEqual([]);
  expect(await disorder(page)).toEqual([]);
  await page.screenshot({ path: `${output}check-desktop.png`, fullPage: true });
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await disorder(page)).toEqual([]);
  expect(requests.filter((url) => !url.startsWith(demo.url) && !/^(blob|data):/.test(url))).toEqual([]);
  expect(complaints.filter((text) => !text.includes(LOST_FRAME))).toEqual([]);
  await close();
});

test('on a dark phone, by keyboard, the check starts, its text fits, and axe finds no violation', async () => {
  const { page, close } = await open('?only=browser,quirks,support', {
    viewport: { width: 360, height: 740 },
    colorScheme: 'dark',
    hasTouch: true,
    reducedMotion: 'reduce',
  });
  await page.locator('#start:enabled').focus();
  await page.keyboard.press('Enter');
  await expect.poll(() => focused(page)).toBe('stop');
  await ended(page, 'done');
  expect(failures(await reportOf(page))).toEqual([]);
  await page.getByText('Report as text').click();
  expect(await page.getByLabel('Report as text').inputValue()).toContain('## Cyclorama support');
  expect(await disorder(page)).toEqual([]);
  expect(await violations(page)).toEqual([]);
  await page.screenshot({ path: `${output}check-phone.png`, fullPage: true });
  await close();
});

describe('with a defect of the browser', () => {
  test('a copyTo that ignores its format is a deviation', async () => {
    const { page, close } = await open('?only=quirks,webgl-page&run', {}, () => {
      const { copyTo, allocationSize } = VideoFrame.prototype;
      VideoFrame.prototype.copyTo = function (destination) {
        return copyTo.call(this, destination);
      };
      VideoFrame.prototype.allocationSize = function () {
        return allocationSize.call(this);
      };
    });
    await ended(page, 'done');
    const report = await reportOf(page);
    const { status, detail } = rowOf(report, 'quirks', 'copy-to', 'page');
    const isRight = rowOf(report, 'webgl-page', 'source-frame').status === 'passed';
    expect(detail).toContain('expected red and blue');
    expect(status).toBe(isRight ? 'worked-around' : 'failed');
    expect(rowOf(report, 'quirks', 'copy-to', 'worker').status).toBe('passed');
    await close();
  });

  test('frames that are one frame late fail, also when paused, and the outcome reports it', async () => {
    // Cyclorama's own check uses a small image.
    const { page, close } = await open('?only=webgl-page&late=640&run', {}, lateBitmaps);
    await ended(page, 'done');
    const report = await reportOf(page);
    expect(idsOf(report, 'webgl-page', 'failed')).toEqual(
      expect.arrayContaining(['color', 'image', 'transparent', 'pause']),
    );
    expect(rowOf(report, 'webgl-page', 'color').detail).toMatch(/^frame 1: the person differs by \d+ levels/);
    expect(rowOf(report, 'webgl-page', 'pause').detail).toContain('not one color');
    // Later steps run after a failure.
    expect(rowOf(report, 'webgl-page', 'destroy').status).toBe('passed');
    expect(await page.locator('#outcome').textContent()).toMatch(/^\d+ checks failed\.$/);
    expect(await page.locator('.result[data-status=failed]').count()).toBe(failures(report).length);
    await close();
  });

  test('images that are always late are a deviation without a workaround', async () => {
    const { page, close } = await open('?only=quirks,webgl-page&late=1&run', {}, lateBitmaps);
    await ended(page, 'done');
    const report = await reportOf(page);
    expect(rowOf(report, 'quirks', 'transfer-bitmap', 'page').status).toBe('deviates');
    expect(idsOf(report, 'webgl-page', 'unavailable')).toEqual(['create']);
    expect(failures(report)).toEqual([]);
    expect(await page.locator('#outcome').textContent()).toContain('no check showed');
    await close();
  });

  test('an API that never responds fails only its own step', async () => {
    const { page, close } = await open('?only=browser,quirks&run', {}, () => {
      GPU.prototype.requestAdapter = () => new Promise(() => {});
    });
    await ended(page, 'done');
    const report = await reportOf(page);
    expect(rowOf(report, 'browser', 'webgpu', 'page').detail).toContain('no answer within 6 seconds');
    expect(rowOf(report, 'browser', 'webgl2', 'page').status).toBe('passed');
    expect(idsOf(report, 'quirks', 'passed')).toContain('resize');
    await close();
  });
});

test('Stop ends a check at once, and the report says so', async () => {
  const { page, close } = await open('?run');
  await page.locator('#group-quirks').waitFor();
  await page.getByRole('button', { name: 'Stop' }).click();
  await ended(page, 'stopped');
  const report = await reportOf(page);
  expect(report.stopped).toBe(true);
  expect(idsOf(report, 'webgl-page', 'not-run')).toEqual(CHECKS);
  expect(await page.locator('#outcome').textContent()).toContain('stopped');
  // The check can start again.
  expect(await page.getByRole('button', { name: 'Check again' }).isEnabled()).toBe(true);
  await close();
});

test('a page without a secure context reports what is missing, and selects text that it cannot copy', async () => {
  const { page, close } = await open('?only=quirks&run', {}, () => {
    Object.defineProperty(window, 'isSecureContext', { value: false });
    Object.defineProperty(navigator, 'clipboard', { value: undefined });
  });
  await ended(page, 'done');
  expect(await page.getByRole('heading', { name: 'This page is not secure' }).isVisible()).toBe(true);
  expect((await reportOf(page)).secure).toBe(false);
  await page.getByRole('button', { name: 'Copy report' }).click();
  const selected = page.evaluate(() => {
    const text = document.getElementById('text') as HTMLTextAreaElement;
    return text.value.slice(text.selectionStart, text.selectionEnd);
  });
  expect(await selected).toBe(toMarkdown(await reportOf(page)));
  await close();
});

test('the page shows a QR code of its LAN URL, and on localhost explains how to get one', async () => {
  const local = await open('');
  expect(await local.page.locator('#local-only').isVisible()).toBe(true);
  expect(await local.page.locator('#code svg').count()).toBe(0);
  await local.close();
  const { page, close } = await open('', {}, () => {
    const meta = Object.assign(document.createElement('meta'), { name: 'cyclorama-url' });
    meta.content = 'http://192.168.1.20:5173/';
    new MutationObserver((_, observer) => {
      if (!document.head) return;
      observer.disconnect();
      document.head.append(meta);
    }).observe(document, { childList: true, subtree: true });
  });
  const url = 'http://192.168.1.20:5173/check.html';
  await page.getByRole('img', { name: `QR code of ${url}` }).waitFor();
  expect(await page.locator('#link').getAttribute('href')).toBe(url);
  await close();
});

test('an unknown part of the check is reported', async () => {
  const { page, close } = await open('?only=speed&run');
  await expect
    .poll(() => page.getByRole('alert').textContent())
    .toContain('only=speed is not a part of the check');
  expect(await page.evaluate(() => document.documentElement.dataset.check)).toBe('failed');
  expect(await page.locator('#stop').isDisabled()).toBe(true);
  await close();
});

test('WebGPU passes every check, in a worker and on the page', inFull, async () => {
  const withWebGpu = await openDemo();
  try {
    const { page } = await withWebGpu.visit('check.html?only=webgpu-worker,webgpu-page&run');
    await ended(page, 'done');
    const report = await reportOf(page);
    expect(failures(report)).toEqual([]);
    for (const group of ['webgpu-worker', 'webgpu-page'] as const) {
      expect(idsOf(report, group, 'passed')).toEqual(CHECKS);
    }
  } finally {
    await withWebGpu.close();
  }
});

/**
 * Makes canvases return the image before the latest one, as WebKitGTK 2.50 does with WebGL2. The query of the page contains the
 * smallest width of such canvases (`late`).
 */
function lateBitmaps(): void {
  const { transferToImageBitmap } = OffscreenCanvas.prototype;
  const width = Number(new URLSearchParams(location.search).get('late'));
  const last = new WeakMap<OffscreenCanvas, ImageBitmap>();
  OffscreenCanvas.prototype.transferToImageBitmap = function () {
    const next = transferToImageBitmap.call(this);
    const late = last.get(this);
    if (next.width < width) return next;
    last.set(this, next);
    if (late) return late;
    const empty = new OffscreenCanvas(next.width, next.height);
    empty.getContext('2d');
    return transferToImageBitmap.call(empty);
  };
}

function open(query: string, options: BrowserContextOptions = {}, ...before: (() => void)[]): Promise<Visit> {
  const permissions = ['clipboard-read', 'clipboard-write'];
  return demo.visit(`check.html${query}`, { permissions, ...options }, ...before);
}

async function ended(page: Page, state: 'done' | 'stopped'): Promise<void> {
  const find = () => page.evaluate(() => document.documentElement.dataset.check);
  await expect.poll(find, { timeout: 230_000, interval: 250 }).toMatch(/done|stopped|failed/);
  expect(await find(), (await page.locator('#problem').textContent()) ?? '').toBe(state);
}

async function reportOf(page: Page): Promise<Report> {
  return JSON.parse((await page.locator('#report').textContent()) ?? '');
}

function rowOf({ rows }: Report, group: Group, id: string, place?: Row['place']): Row {
  const row = rows.find((row) => row.group === group && row.id === id && (!place || row.place === place));
  if (!row) throw new Error(`the report has no row ${group}/${id}`);
  return row;
}

const idsOf = ({ rows }: Report, group: Group, status: Row['status']) =>
  rows.filter((row) => row.group === group && row.status === status).map(({ id }) => id);

const failures = ({ rows }: Report) =>
  rows
    .filter(({ status }) => status === 'failed')
    .map(({ group, id, detail }) => `${group}/${id}: ${detail}`);

const userAgent = (page: Page) => page.evaluate(() => navigator.userAgent);

const focused = (page: Page) => page.evaluate(() => document.activeElement?.id);
