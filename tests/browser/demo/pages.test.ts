import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { encodeReport } from '../../../demo-chime/src/benchmark/link.ts';
import { bareEnvironment } from '../../../demo-chime/tests/chime-endpoint.ts';
import { report, row } from '../../../demo-chime/tests/sample.ts';
import { type Demo, disorder, expectStatus, openDemo, violations } from './harness.ts';
import { differenceFromGolden, takeScreenshot } from './page-image.ts';

const shown = report([row(), row({ backend: 'webgl', refinement: 'none' })]);

/** Each page in its main states: its path, and a function that waits until it is ready. */
const pages: Record<string, { path: () => Promise<string> | string; ready(page: Page): Promise<void> }> = {
  preview: {
    path: () => '',
    async ready(page) {
      await expectStatus(page, 'Running.');
      // The first metrics event fills the list of counts.
      await expect.poll(() => page.locator('.counts dt').count(), { timeout: 60_000 }).toBeGreaterThan(0);
    },
  },
  call: { path: () => 'call.html', ready: (page) => expectStatus(page, 'The call is on.') },
  'meeting-without-aws': {
    path: () => 'meeting.html',
    ready: (page) => page.getByRole('heading', { name: 'Meetings need AWS credentials' }).waitFor(),
  },
  benchmark: {
    path: () => 'benchmark.html',
    async ready(page) {
      await expect
        .poll(() => page.locator('#estimate').textContent(), { timeout: 60_000 })
        .toContain('configurations');
    },
  },
  check: { path: () => 'check.html', ready: (page) => page.locator('#start:enabled').waitFor() },
  'benchmark-report': {
    path: async () => `benchmark.html#${await encodeReport(shown)}`,
    async ready(page) {
      await expect.poll(() => page.locator('#figures tbody tr').count(), { timeout: 60_000 }).toBe(2);
    },
  },
};

const widths = {
  desktop: { viewport: { width: 1280, height: 900 }, colorScheme: 'light' },
  phone: { viewport: { width: 390, height: 844 }, colorScheme: 'dark', hasTouch: true },
} as const;

let demo: Demo;

beforeAll(async () => {
  for (const [name, value] of Object.entries(bareEnvironment)) vi.stubEnv(name, value);
  demo = await openDemo({ webGpu: false });
});

afterAll(async () => {
  await demo?.close();
  vi.unstubAllEnvs();
});

const cases = Object.entries(pages).flatMap(([name, state]) =>
  Object.entries(widths).map(([width, options]) => ({ name: `${name}-${width}`, ...state, options })),
);

test.for(cases)(
  '$name matches its image, and its layout and accessibility have no errors',
  async ({ name, path, ready, options }, context) => {
    const { page, requests, complaints, close } = await demo.visit(await path(), {
      ...options,
      reducedMotion: 'reduce',
      locale: 'en-GB',
      timezoneId: 'UTC',
    });
    await ready(page);
    expect(await page.title()).toMatch(/^.+ · Cyclorama$/);
    expect(await page.locator('meta[name=description]').getAttribute('content')).toMatch(/^.{40,160}$/);
    expect(await page.locator('nav [aria-current=page]').count()).toBe(1);
    expect(await disorder(page)).toEqual([]);
    const image = await takeScreenshot(page, name);
    expect(await violations(page)).toEqual([]);
    expect(requests.filter((url) => !url.startsWith(demo.url) && !/^(blob|data):/.test(url))).toEqual([]);
    expect(complaints).toEqual([]);
    const { comparable, difference } = await differenceFromGolden(page, name, image);
    await close();
    expect(difference).toBeUndefined();
    context.skip(!comparable, 'fonts or Chromium differ from those of the images in tests/golden/pages');
  },
);

test('the Tab key reaches the skip link, the navigation and every control, with visible focus', async () => {
  const { page, close } = await demo.visit('meeting.html', { reducedMotion: 'reduce' });
  await page.getByRole('button', { name: 'Retry' }).waitFor();
  const reached: string[] = [];
  for (let step = 0; step < 10; step += 1) {
    await page.keyboard.press('Tab');
    const { name, marked } = await page.evaluate(() => {
      const element = document.activeElement as HTMLElement;
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      const box = element.getBoundingClientRect();
      return {
        name: element.innerText,
        marked: outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2 && box.top >= 0,
      };
    });
    expect(marked, name).toBe(true);
    reached.push(name);
  }
  expect(reached).toEqual([
    'Skip to the page’s content',
    'Cyclorama',
    'Preview',
    'Call',
    'Meeting',
    'Benchmark',
    'Check',
    'preview',
    'WebRTC call',
    'Retry',
  ]);
  await close();
});

test('the call receives the sent video, with a different background and from the camera', async () => {
  const { page, complaints, close } = await demo.visit('call.html', { permissions: ['camera'] });
  const received = () => page.locator('#received').textContent();
  await expectStatus(page, 'The call is on.');
  await expect.poll(received, { timeout: 60_000 }).toMatch(/^\d+ × \d+ · \d+ fps · /);
  await page.getByRole('radio', { name: 'Color' }).check();
  await expectStatus(page, 'The call is on.');
  // How green the corner of the decoded video is. The corner of the room is brown, and codecs change colors.
  const green = () =>
    page.evaluate(() => {
      const canvas = document.createElement('canvas');
      const context = canvas.getContext('2d');
      const video = document.querySelector<HTMLVideoElement>('#far');
      // A video outside of the viewport pauses.
      video?.scrollIntoView();
      if (video) context?.drawImage(video, 0, 0, canvas.width, canvas.height);
      const [red = 0, green = 0, blue = 0] = context?.getImageData(4, 4, 1, 1).data ?? [];
      return green - Math.max(red, blue);
    });
  await expect.poll(green, { timeout: 60_000, interval: 500 }).toBeGreaterThan(15);
  const track = () =>
    page
      .locator('#far')
      .evaluate((video) => ((video as HTMLVideoElement).srcObject as MediaStream).getVideoTracks()[0]?.id);
  const before = await track();
  await page.getByLabel('Camera').check();
  await expectStatus(page, 'The call is on.');
  await expect.poll(green, { timeout: 60_000, interval: 500 }).toBeGreaterThan(15);
  expect(await track()).toBe(before);
  expect(complaints).toEqual([]);
  await close();
});
