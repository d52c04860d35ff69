import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, type Page, chromium as playwright } from 'playwright-core';
import { preview } from 'vite';
import { expect } from 'vitest';
import { chromium, chromiumWithoutWebGpu } from '../chromium.ts';
import { root, site } from './site.ts';

export { root };

/** The folder of the tests' screenshots. */
export const output = fileURLToPath(new URL('../../output/', import.meta.url));

/** The built demo on its own server, with a browser. */
export interface Demo {
  /** Ends with a slash. */
  readonly url: string;
  readonly browser: Browser;
  /** Opens a page by its path. `before` runs before the scripts of the page. */
  visit(path: string, options?: BrowserContextOptions, ...before: (() => void)[]): Promise<Visit>;
  close(): Promise<void>;
}

/** An open page, with its requests and errors. */
export interface Visit {
  readonly page: Page;
  /** The URLs of its requests. */
  readonly requests: string[];
  /** Its uncaught errors, and the errors and warnings of its console. */
  readonly complaints: string[];
  close(): Promise<void>;
}

/** Replaces the film, which has many large frames. */
const slowCamera = '--use-fake-device-for-media-stream=fps=5';

/**
 * Serves the built demo and starts Chromium.
 *
 * @param options.webGpu whether the browser has a WebGPU adapter.
 * @param options.film whether the camera plays the film, or a few frames per second of Chromium's test image.
 */
export async function openDemo({ webGpu = true, film = true } = {}): Promise<Demo> {
  const server = await preview({
    root,
    logLevel: 'warn',
    build: { outDir: site },
    preview: { host: '127.0.0.1' },
  });
  const url = server.resolvedUrls?.local[0] ?? '';
  // With GPU compositing on a software GPU, screenshots of a page that plays a video fail.
  const { args, ...options } = webGpu ? chromium : chromiumWithoutWebGpu;
  const browser = await playwright.launch({
    ...options,
    args: [
      ...args.filter((arg) => film || !arg.startsWith('--use-file-for-fake-video-capture')),
      ...(film ? [] : [slowCamera]),
      '--disable-gpu-compositing',
      // Blocks all requests to other hosts.
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    ],
  });
  return {
    url,
    browser,
    async visit(path, options = {}, ...before) {
      const context = await browser.newContext(options);
      const page = await context.newPage();
      page.setDefaultTimeout(60_000);
      const requests: string[] = [];
      const complaints: string[] = [];
      page.on('request', (request) => requests.push(request.url()));
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (message) => {
        if (!['error', 'warning'].includes(message.type())) return;
        // Chromium's message about the adapter that the option removes.
        if (webGpu || message.text() !== 'No available adapters.') complaints.push(message.text());
      });
      for (const script of before) await page.addInitScript(script);
      await page.goto(`${url}${path}`);
      return { page, requests, complaints, close: () => context.close() };
    },
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

/** Waits until the page shows this status and no problem. */
export async function expectStatus(page: Page, status: string): Promise<void> {
  await expect.poll(() => page.locator('#status').textContent(), { timeout: 180_000 }).toBe(status);
  expect(await page.locator('#problem').isVisible()).toBe(false);
}

/** The violations that axe finds. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: typeof import('axe-core') };
    const found = await axe.run({ rules: { 'target-size': { enabled: true } } });
    return found.violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`),
    );
  });
}

/** Errors of the layout: a page that is wider than its window, and controls that overlap. */
export function disorder(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const wider = document.documentElement.scrollWidth - window.innerWidth;
    if (wider > 0) found.push(`the page is ${wider} px wider than its window`);
    // A label that covers its radio button replaces it.
    const targets = [
      ...document.querySelectorAll<HTMLElement>(
        'a:not(.skip), button, select, input, summary, .effect, .choices label',
      ),
    ]
      .filter(
        (element) => !element.closest('.effect, .choices') || element.matches('.effect, .choices label'),
      )
      .filter((element) => element.checkVisibility())
      .map((element) => ({ element, box: element.getBoundingClientRect() }));
    const nameOf = ({ element }: { element: HTMLElement }) =>
      element.innerText?.trim() || (element as HTMLInputElement).name || element.id;
    for (const [index, one] of targets.entries()) {
      if (one.box.width < 1 || one.box.height < 1) found.push(`${nameOf(one)} has no size`);
      if (one.box.left < 0 || one.box.right > window.innerWidth) {
        if (!one.element.closest('.scroll')) found.push(`${nameOf(one)} is outside of the window`);
      }
      for (const other of targets.slice(index + 1)) {
        const across = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
        const down = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
        if (across > 1 && down > 1) found.push(`${nameOf(one)} and ${nameOf(other)} overlap`);
      }
    }
    return found;
  });
}
