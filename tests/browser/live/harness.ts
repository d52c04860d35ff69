import { fileURLToPath } from 'node:url';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { createServer, type ViteDevServer } from 'vite';
import { type Display, openDisplay } from '../display.ts';
import { type Target, targets } from '../targets.ts';
import type { RunOptions, RunResult } from './runner.js';

export type { Target };

/** A browser with the page of this folder. */
export class Harness {
  readonly page: Page;
  /** Errors that the page reported. */
  readonly complaints: string[] = [];
  readonly #browser: Browser;
  readonly #server: ViteDevServer;
  readonly #display: Display | undefined;
  /** Covers the page while the page is hidden. */
  #cover: Page | undefined;

  private constructor(page: Page, browser: Browser, server: ViteDevServer, display: Display | undefined) {
    this.page = page;
    this.#browser = browser;
    this.#server = server;
    this.#display = display;
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
  }

  /** Opens one of the folder's pages. */
  static async open(target: Target, file = 'index.html'): Promise<Harness> {
    const root = fileURLToPath(new URL('.', import.meta.url));
    const display = target.startsWith('firefox') ? await openDisplay() : undefined;
    const server = await createServer({
      root,
      configFile: false,
      // Other tests' pages have other dependencies. With a common cache, Vite would bundle them again each time.
      cacheDir: fileURLToPath(new URL('../../../node_modules/.vite/live', import.meta.url)),
      logLevel: 'warn',
      define: { global: 'globalThis' },
      server: { host: '127.0.0.1', hmr: false, watch: null },
    });
    let browser: Browser | undefined;
    try {
      await server.listen();
      browser = await puppeteer.launch({
        ...targets[target](),
        headless: true,
        // The caller sets the duration of runs.
        protocolTimeout: 0,
        ...(display ? { env: { ...process.env, DISPLAY: display.name } } : {}),
      });
      const harness = new Harness(await browser.newPage(), browser, server, display);
      await harness.page.goto(new URL(file, server.resolvedUrls?.local[0]).href);
      await harness.page.waitForFunction('globalThis.live');
      return harness;
    } catch (cause) {
      await browser?.close();
      await server.close();
      display?.close();
      throw cause;
    }
  }

  run(options: RunOptions): Promise<RunResult> {
    return this.page.evaluate((options) => globalThis.live.run(options), options);
  }

  /** Resolves once the far side of a run shows a frame. */
  async started(): Promise<void> {
    await this.page.waitForFunction(() => globalThis.live.started(), { polling: 100, timeout: 120_000 });
  }

  /** Puts another tab before the page, which really hides it: its callbacks stop and its timers slow down. */
  async hide(): Promise<void> {
    this.#cover ??= await this.#browser.newPage();
    await this.#cover.bringToFront();
    await this.page.waitForFunction(() => document.hidden, { polling: 100 });
  }

  /** Puts the page before the other tab again. */
  async show(): Promise<void> {
    await this.page.bringToFront();
    await this.page.waitForFunction(() => !document.hidden, { polling: 100 });
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.#server.close();
    this.#display?.close();
  }
}
