import { readFile } from 'node:fs/promises';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeOnBackends, meetUnavailable } from '../matrix.ts';
import { type Demo, expectStatus, openDemo, output, root, type Visit } from './harness.ts';

let demo: Demo;
/** The query of the page, which selects the backend. */
let search = '';

describe('on WebGPU', () => {
  beforeAll(async () => {
    demo = await openDemo();
  });

  afterAll(() => demo?.close());

  test('the page shows the clip with every background, without requests to other hosts', async () => {
    const { page, requests, complaints, close } = await open({ viewport: { width: 1280, height: 900 } });
    await running(page);
    await expect.poll(() => page.locator('#adapter').textContent()).toMatch(/^CPU/);
    await page.getByLabel('Backend').selectOption('WebGPU');
    await running(page);
    await measured(page);
    expect(await page.locator('#adapter').textContent()).toMatch(/^WebGPU · .*emulated/);
    expect(await page.locator('#quality').textContent()).toMatch(/^Level \d · /);
    await expectMotion(page);

    for (const effect of ['High blur', 'Image', 'Color', 'Transparent', 'None (raw)', 'Medium blur']) {
      await page.getByRole('radio', { name: effect, exact: true }).check();
      await running(page);
      await frames(page, 2);
      await page.screenshot({ path: `${output}demo-${effect.toLowerCase().replace(/\W+/g, '-')}.png` });
    }
    expect(requests.filter((url) => !url.startsWith(demo.url) && !url.startsWith('blob:'))).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  });
});

describeOnBackends((backend) => {
  beforeAll(async () => {
    search = `?backend=${backend}`;
    demo = await openDemo({ webGpu: backend === 'webgpu' });
  });

  afterAll(() => demo?.close());

  test('a user’s video plays as the background, with its layout set by keyboard', async () => {
    const { page, complaints, close } = await open({ viewport: { width: 390, height: 844 } });
    await running(page);
    await page.getByRole('radio', { name: 'Video', exact: true }).check();
    await page.getByLabel('Video file').setInputFiles(`${root}/public/clip.webm`);
    await running(page);
    await page.getByLabel('Horizontal position').focus();
    await page.keyboard.press('Home');
    await running(page);
    await page.getByLabel('Mirror background').focus();
    await page.keyboard.press('Space');
    await running(page);
    await frames(page, 2);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    await page.screenshot({ path: `${output}demo-video.png`, fullPage: true });
    expect(complaints).toEqual([]);
    await close();
  });

  test('light and segmentation follow the form, by keyboard and on a phone', async () => {
    const { page, complaints, close } = await open({ viewport: { width: 390, height: 844 } });
    await running(page);
    const [wrap, match] = [page.getByLabel('Light wrap'), page.getByLabel('Match brightness')];
    for (const [effect, light] of [
      ['High blur', [false, false]],
      ['Color', [true, false]],
      ['Image', [true, true]],
    ] as const) {
      await page.getByRole('radio', { name: effect, exact: true }).check();
      expect([await wrap.isVisible(), await match.isVisible()], effect).toEqual(light);
    }
    await wrap.focus();
    await page.keyboard.press('End');
    await match.focus();
    await page.keyboard.press('Space');
    const edges = page.getByLabel('Edge refinement');
    for (const [key, refinement] of [
      ['ArrowDown', 'Bilateral filter'],
      ['ArrowDown', 'None'],
      ['Home', 'Guided filter'],
    ] as const) {
      await edges.focus();
      await page.keyboard.press(key);
      expect(await edges.locator('option:checked').textContent()).toBe(refinement);
      await running(page);
      await frames(page, 1);
    }
    await page.getByLabel('Temporal smoothing').focus();
    await page.keyboard.press('Space');
    await running(page);
    await frames(page, 2);
    await expect.poll(() => page.locator('#counts').textContent()).toMatch(/Hidden0Raw0Failed0$/);
    await page.getByLabel('Quality').selectOption('Low');
    await running(page);
    await expect
      .poll(() => page.locator('#quality').textContent(), { timeout: 30_000 })
      .toContain('a mask per 3 frames · 50 % size');
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    await page.screenshot({ path: `${output}demo-light.png`, fullPage: true });
    expect(complaints).toEqual([]);
    await close();
  });

  test('the page runs every model, and waits for the GPU when selected', async () => {
    const { page, complaints, close } = await open({});
    await running(page);
    const model = page.locator('select[name=model]');
    const titles = await model.locator('option').allTextContents();
    expect(titles).toHaveLength(meetUnavailable ? 2 : 5);
    for (const title of titles) {
      await model.selectOption(title);
      const [family = '', size = ''] = [title.split(' ')[0]?.toLowerCase(), title.split(' · ')[1]];
      await expect
        .poll(() => page.locator('#active-model').textContent(), { timeout: 60_000 })
        .toContain(`${family} ${size}`);
      await running(page);
    }
    await page.getByLabel('Wait for the GPU').check();
    await expect
      .poll(() => page.locator('#clock').textContent(), { timeout: 30_000 })
      .toContain(backend === 'cpu' ? 'This backend uses no GPU' : 'clock: completed');
    expect(complaints).toEqual([]);
    await close();
  });

  test('a dropped image becomes the background, and the view can be mirrored', async () => {
    const { page, complaints, close } = await open({ viewport: { width: 1280, height: 900 } });
    await running(page);
    const image = (await readFile(`${root}/public/hills.jpg`)).toString('base64');
    const drop = (type: string, name: string) =>
      page.evaluate(
        async ({ image, type, name }) => {
          const stage = document.querySelector('#stage');
          const bytes = Uint8Array.from(atob(image), (character) => character.charCodeAt(0));
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File([bytes], name, { type }));
          const dispatch = (kind: string) =>
            stage?.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
          dispatch('dragenter');
          const marked = stage?.classList.contains('dropping');
          dispatch('drop');
          return [marked, stage?.classList.contains('dropping')];
        },
        { image, type, name },
      );
    expect(await drop('text/plain', 'notes.txt')).toEqual([true, false]);
    await expect.poll(() => page.getByRole('alert').textContent()).toContain('neither an image nor a video');
    await drop('image/jpeg', 'mine.jpg');
    await running(page);
    expect(await page.getByRole('radio', { name: 'Image' }).isChecked()).toBe(true);
    expect(await page.locator('select[name=image]').inputValue()).toBe('own');
    await frames(page, 1);

    await page.getByLabel('Mirror my view').check();
    expect(await page.locator('#result').evaluate((video) => getComputedStyle(video).scale)).toBe('-1 1');
    expect(await page.locator('#result-caption').textContent()).toContain('mirrored for you');
    expect(complaints).toEqual([]);
    await close();
  });

  test('a denied camera permission is reported, and the clip continues', async () => {
    const { page, complaints, close } = await open({}, () => {
      MediaDevices.prototype.getUserMedia = async () => {
        throw new DOMException('Permission denied', 'NotAllowedError');
      };
    });
    await running(page);
    await page.getByLabel('Camera').click();
    await expect
      .poll(() => page.getByRole('alert').textContent())
      .toContain('Allow the camera in the address bar');
    expect(await page.locator('#status').textContent()).toBe('Running with the previous settings.');
    expect(await page.getByLabel('Sample clip').isChecked()).toBe(true);
    await frames(page, 1);
    expect(complaints).toEqual([]);
    await close();
  });

  test('the camera replaces the clip', async () => {
    const { page, complaints, close } = await open({ permissions: ['camera'] });
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
    await close();
  });

  test('a browser without a backend, and a missing camera, are reported', async () => {
    const context = await demo.browser.newContext();
    const lack = `
      Reflect.deleteProperty(Object.getPrototypeOf(navigator), 'gpu');
      OffscreenCanvas.prototype.getContext = () => null;
      Reflect.deleteProperty(globalThis, 'VideoFrame');
    `;
    // Init scripts do not run in workers.
    await context.route(/\/worker-[^/]*\.js$/, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: `${lack}${await response.text()}` });
    });
    const page = await context.newPage();
    await page.addInitScript(lack);
    await page.addInitScript(() => Reflect.deleteProperty(Navigator.prototype, 'mediaDevices'));
    await page.goto(demo.url);
    const problem = page.getByRole('alert');
    await expect.poll(() => problem.textContent()).toContain('lacks WebGPU');
    await page.screenshot({ path: `${output}demo-no-webgpu.png`, fullPage: true });
    await page.getByLabel('Camera').click();
    await expect.poll(() => problem.textContent()).toContain('secure pages');
    expect(await page.getByLabel('Sample clip').isChecked()).toBe(true);
    await context.close();
  });
});

/** Opens the preview, where only muted videos may play. */
function open(options: BrowserContextOptions, ...before: (() => void)[]): Promise<Visit> {
  return demo.visit(search, options, forbidSound, ...before);
}

/** Reports unmuted videos. They play in a test, but not for a user who has not clicked. */
function forbidSound(): void {
  const { play } = HTMLMediaElement.prototype;
  HTMLMediaElement.prototype.play = function () {
    if (!this.muted) console.error('an unmuted video was played');
    return play.call(this);
  };
}

const running = (page: Page) => expectStatus(page, 'Running.');

/** Expects moving frames. A pipeline with a frozen input also outputs frames. */
async function expectMotion(page: Page): Promise<void> {
  const image = () =>
    page.evaluate(() => {
      const video = document.querySelector<HTMLVideoElement>('#result');
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [320, 180];
      if (video) canvas.getContext('2d')?.drawImage(video, 0, 0, canvas.width, canvas.height);
      return canvas.toDataURL();
    });
  const first = await image();
  await expect.poll(image, { timeout: 20_000, interval: 500 }).not.toBe(first);
}

/** Waits until the page shows timings of the stages. */
async function measured(page: Page): Promise<void> {
  await expect
    .poll(() => page.locator('#clock').textContent(), { timeout: 60_000 })
    .toMatch(/clock: (gpu|completed)/);
}

/** Waits until the result has shown `count` more frames. */
async function frames(page: Page, count: number): Promise<void> {
  await page.evaluate(
    (wanted) =>
      new Promise<void>((resolve) => {
        const video = document.querySelector<HTMLVideoElement>('#result');
        // Outside of the viewport, videos report no frames.
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
