import { fileURLToPath } from 'node:url';
import { type Browser, type Page, chromium as playwright } from 'playwright-core';
import { build, type PreviewServer, preview } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chromium } from '../chromium.ts';

const root = fileURLToPath(new URL('../../../demo-chime', import.meta.url));
const output = fileURLToPath(new URL('../../output/', import.meta.url));
const outDir = `${output}demo`;

let server: PreviewServer;
let browser: Browser;
let address: string;

beforeAll(async () => {
  await build({ root, logLevel: 'warn', build: { outDir, emptyOutDir: true } });
  server = await preview({ root, logLevel: 'warn', build: { outDir }, preview: { host: '127.0.0.1' } });
  address = server.resolvedUrls?.local[0] ?? '';
  // Where the software GPU puts the page together, a page that plays a video cannot be photographed.
  browser = await playwright.launch({ ...chromium, args: [...chromium.args, '--disable-gpu-compositing'] });
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

test('the page shows the clip with every effect, and asks nobody else for anything', async () => {
  const { page, requests, complaints } = await open({ viewport: { width: 1280, height: 900 } });
  await running(page);
  await measured(page);
  await page.screenshot({ path: `${output}demo-desktop.png`, fullPage: true });
  await expectMotion(page);

  for (const effect of ['Blur, high', 'Picture', 'Colour', 'Transparent', 'None (raw)', 'Blur, medium']) {
    await page.getByRole('radio', { name: effect, exact: true }).check();
    await running(page);
    await frames(page, 2);
    await page.screenshot({ path: `${output}demo-${effect.toLowerCase().replace(/\W+/g, '-')}.png` });
  }
  expect(requests.filter((url) => !url.startsWith(address) && !url.startsWith('blob:'))).toEqual([]);
  expect(complaints).toEqual([]);
  await page.close();
});

test('a video of the user’s own plays behind the person, laid out by the keyboard', async () => {
  const { page, complaints } = await open({ viewport: { width: 390, height: 844 } });
  await running(page);
  await page.getByRole('radio', { name: 'Video', exact: true }).check();
  await page.getByLabel('Video file').setInputFiles(`${root}/public/clip.webm`);
  await running(page);
  await page.getByLabel('Across').focus();
  await page.keyboard.press('Home');
  await running(page);
  await page.getByLabel('Mirrored').focus();
  await page.keyboard.press('Space');
  await running(page);
  await frames(page, 2);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(overflow).toBeLessThanOrEqual(0);
  await page.screenshot({ path: `${output}demo-video.png`, fullPage: true });
  expect(complaints).toEqual([]);
  await page.close();
});

test('light and mask follow the form, by the keyboard and on a phone', async () => {
  const { page, complaints } = await open({ viewport: { width: 390, height: 844 } });
  await running(page);
  const [wrap, match] = [page.getByLabel('Light wrap'), page.getByLabel('Match brightness')];
  for (const [effect, light] of [
    ['Blur, high', [false, false]],
    ['Colour', [true, false]],
    ['Picture', [true, true]],
  ] as const) {
    await page.getByRole('radio', { name: effect, exact: true }).check();
    expect([await wrap.isVisible(), await match.isVisible()], effect).toEqual(light);
  }
  await wrap.focus();
  await page.keyboard.press('End');
  await match.focus();
  await page.keyboard.press('Space');
  const edges = page.getByLabel('Edges');
  for (const [key, way] of [
    ['ArrowDown', 'Bilateral'],
    ['ArrowDown', 'None'],
    ['Home', 'Guided'],
  ] as const) {
    await edges.focus();
    await page.keyboard.press(key);
    expect(await edges.locator('option:checked').textContent()).toBe(way);
    await running(page);
    await frames(page, 1);
  }
  await page.getByLabel('Steady').focus();
  await page.keyboard.press('Space');
  await running(page);
  await frames(page, 2);
  await expect.poll(() => page.locator('#counts').textContent()).toMatch(/Hidden0Raw0Failed0$/);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(overflow).toBeLessThanOrEqual(0);
  await page.screenshot({ path: `${output}demo-light.png`, fullPage: true });
  expect(complaints).toEqual([]);
  await page.close();
});

test('the page runs every model, and waits for the GPU where that is asked for', async () => {
  const { page, complaints } = await open({});
  await running(page);
  const model = page.getByLabel('Model');
  const titles = await model.locator('option').allTextContents();
  expect(titles).toHaveLength(5);
  for (const title of titles) {
    await model.selectOption(title);
    const [family = '', size = ''] = [title.split(' ')[0]?.toLowerCase(), title.split(' · ')[1]];
    await expect
      .poll(() => page.locator('#adapter').textContent(), { timeout: 60_000 })
      .toContain(`${family} ${size}`);
    await running(page);
  }
  await page.getByLabel('Wait for the GPU').check();
  await expect
    .poll(() => page.locator('#clock').textContent(), { timeout: 30_000 })
    .toContain('clock: completed');
  expect(complaints).toEqual([]);
  await page.close();
});

test('the page fits a phone, in the dark', async () => {
  const { page, complaints } = await open({
    viewport: { width: 390, height: 844 },
    colorScheme: 'dark',
    deviceScaleFactor: 2,
  });
  await running(page);
  await measured(page);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(overflow).toBeLessThanOrEqual(0);
  await page.screenshot({ path: `${output}demo-phone.png`, fullPage: true });
  expect(complaints).toEqual([]);
  await page.close();
});

test('the camera takes the place of the clip', async () => {
  const { page, complaints } = await open({ permissions: ['camera'] });
  await running(page);
  await page.getByLabel('Camera').check();
  await running(page);
  await frames(page, 3);
  const label = await page.evaluate(() => {
    const { srcObject } = document.querySelector<HTMLVideoElement>('#original') ?? {};
    return srcObject instanceof MediaStream ? srcObject.getVideoTracks()[0]?.label : undefined;
  });
  expect(label).toMatch(/fake|\.mjpeg|\.y4m/i);
  expect(complaints).toEqual([]);
  await page.close();
});

test('a browser without WebGPU and WebGL2, and a camera that is not there, are told of in words', async () => {
  const { page } = await open({}, () => {
    Reflect.deleteProperty(Navigator.prototype, 'gpu');
    Reflect.deleteProperty(Navigator.prototype, 'mediaDevices');
    OffscreenCanvas.prototype.getContext = () => null;
  });
  const problem = page.getByRole('alert');
  await expect.poll(() => problem.textContent()).toContain('lacks WebGPU');
  await page.screenshot({ path: `${output}demo-no-webgpu.png`, fullPage: true });
  await page.getByLabel('Camera').click();
  await expect.poll(() => problem.textContent()).toContain('secure pages');
  expect(await page.getByLabel('Clip').isChecked()).toBe(true);
  await page.close();
});

async function open(options: Parameters<Browser['newPage']>[0], before?: () => void) {
  const page = await browser.newPage(options);
  page.setDefaultTimeout(60_000);
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.addInitScript(() => {
    const { play } = HTMLMediaElement.prototype;
    HTMLMediaElement.prototype.play = function () {
      // A click, or the test itself, would let a video play that stands still for a visitor.
      if (!this.muted) console.error('a video was to play that is not muted');
      return play.call(this);
    };
  });
  if (before) await page.addInitScript(before);
  await page.goto(address);
  return { page, requests, complaints };
}

/** Waits until the page has done what it was last told to. */
async function running(page: Page): Promise<void> {
  await expect.poll(() => page.locator('#status').textContent(), { timeout: 60_000 }).toBe('Running.');
  expect(await page.locator('#problem').isVisible()).toBe(false);
}

/** The person sways, so the result must too: a pipeline whose input stands still goes on giving frames. */
async function expectMotion(page: Page): Promise<void> {
  const picture = () =>
    page.evaluate(() => {
      const video = document.querySelector<HTMLVideoElement>('#result');
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [320, 180];
      if (video) canvas.getContext('2d')?.drawImage(video, 0, 0, canvas.width, canvas.height);
      return canvas.toDataURL();
    });
  const first = await picture();
  await expect.poll(picture, { timeout: 20_000, interval: 500 }).not.toBe(first);
}

/** Waits until there are figures of the stages. */
async function measured(page: Page): Promise<void> {
  await expect
    .poll(() => page.locator('#clock').textContent(), { timeout: 60_000 })
    .toMatch(/clock: (gpu|completed)/);
}

/** Waits until the result has shown so many more frames. */
async function frames(page: Page, count: number): Promise<void> {
  await page.evaluate(
    (wanted) =>
      new Promise<void>((resolve) => {
        const video = document.querySelector<HTMLVideoElement>('#result');
        // Out of sight a video's frames are not told of.
        video?.scrollIntoView();
        let seen = 0;
        const see = () => {
          seen += 1;
          if (seen > wanted) resolve();
          else video?.requestVideoFrameCallback(see);
        };
        video?.requestVideoFrameCallback(see);
      }),
    count,
  );
}
