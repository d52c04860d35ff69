import { fileURLToPath } from 'node:url';
import puppeteer, { type CDPSession, type Page } from 'puppeteer-core';
import { createServer } from 'vite';
import { chromiumWithoutWebGpu } from '../chromium.ts';
import type { Phone, Use } from './page.js';

declare global {
  var phone: Phone;
}

/** A page with a call, its browser, and the browser's own tools for it. */
export interface Call {
  readonly page: Page;
  readonly tools: CDPSession;
  /** Errors that the page reported. */
  readonly complaints: string[];
  readonly url: string;
  state(): ReturnType<Phone['state']>;
  /** Grants the page the device's camera, or revokes it while it is in use. */
  allowCamera(isAllowed: boolean): Promise<void>;
  /** Puts another tab before the page, which hides the page. */
  hide(): Promise<void>;
  show(): Promise<void>;
  /** Resolves with `true` once `count` more frames showed the effect, and with `false` on timeout. */
  moreFrames(count: number): Promise<boolean>;
  close(): Promise<void>;
}

/** How long frames may take to come, in milliseconds. */
const TIMEOUT = 60_000;

/**
 * Opens the page in a phone's viewport and starts its call.
 *
 * @param launched receives the browser's process before a page opens.
 */
export async function openCall(use: Use, launched?: (process: number) => void): Promise<Call> {
  const server = await createServer({
    root: fileURLToPath(new URL('.', import.meta.url)),
    configFile: false,
    cacheDir: fileURLToPath(new URL('../../../node_modules/.vite/phones', import.meta.url)),
    logLevel: 'warn',
    server: { host: '127.0.0.1', hmr: false, ws: false, watch: null },
  });
  await server.listen();
  const url = server.resolvedUrls?.local[0] ?? '';
  // Playwright keeps every page in the foreground, so its pages are never hidden or frozen.
  const browser = await puppeteer.launch({
    browser: 'chrome',
    executablePath: chromiumWithoutWebGpu.executablePath,
    // A spare renderer would start before the test can limit its memory.
    args: [...chromiumWithoutWebGpu.args, '--disable-features=SpareRendererForSitePerProcess'],
    headless: true,
    protocolTimeout: 0,
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
  });
  const close = async () => {
    await browser.close();
    await server.close();
  };
  try {
    const { pid } = browser.process() ?? {};
    if (pid !== undefined) launched?.(pid);
    const page = await browser.newPage();
    await page.setViewport({ width: 360, height: 640, isMobile: true, hasTouch: true });
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(url);
    await page.waitForFunction('globalThis.phone');
    await page.evaluate((use) => globalThis.phone.start(use), use);
    const tools = await page.createCDPSession();
    const whole = await browser.target().createCDPSession();
    let cover: Page | undefined;
    const state = () => page.evaluate(() => globalThis.phone.state());
    return {
      page,
      tools,
      complaints,
      url,
      state,
      async allowCamera(isAllowed) {
        const setting = isAllowed ? 'granted' : 'denied';
        const { origin } = new URL(url);
        await whole.send('Browser.setPermission', { permission: { name: 'camera' }, setting, origin });
      },
      async hide() {
        cover ??= await browser.newPage();
        await cover.bringToFront();
        await page.waitForFunction(() => document.hidden, { polling: 100 });
      },
      async show() {
        await page.bringToFront();
        await page.waitForFunction(() => !document.hidden, { polling: 100 });
      },
      async moreFrames(count) {
        const { blue } = await state();
        const end = performance.now() + TIMEOUT;
        while (performance.now() < end) {
          if ((await state()).blue >= blue + count) return true;
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
        return false;
      },
      close,
    };
  } catch (cause) {
    await close();
    throw cause;
  }
}
