import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import puppeteer, { type Browser, type LaunchOptions, type Page } from 'puppeteer-core';
import { createServer, type ViteDevServer } from 'vite';
import { chromium } from '../chromium.ts';
import type { RunOptions, RunResult } from './runner.js';

/** What can be driven: the browsers, and what each has for a GPU. */
export type Target = keyof typeof targets;

/** Makes WebGPU of a software Vulkan driver, where Firefox has it on no Linux by itself. */
const firefoxWebGpu = { 'dom.webgpu.enabled': true, 'gfx.webgpu.ignore-blocklist': true };
/** Without a display that a driver is found on there is no WebGL, whatever is allowed. */
const firefoxWebGl = { 'webgl.force-enabled': true };

export const targets = {
  chromium: () => chromiumWith(chromium.args),
  /** There is a `navigator.gpu`, which finds no adapter; WebGL is a software one. */
  'chromium-webgl': () => chromiumWith(chromium.args.filter((arg) => !webGpuArgs.includes(arg))),
  firefox: () => firefoxWith(firefoxWebGl),
  'firefox-webgpu': () => firefoxWith({ ...firefoxWebGl, ...firefoxWebGpu }),
  /** Neither WebGPU nor WebGL. */
  'firefox-cpu': () => firefoxWith({ 'webgl.disabled': true }),
} satisfies Record<string, () => LaunchOptions>;

const webGpuArgs = [
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--use-vulkan=swiftshader',
  '--enable-features=Vulkan',
];

/** A browser with the page of this folder. */
export class Harness {
  readonly page: Page;
  /** What the page complained of. */
  readonly complaints: string[] = [];
  readonly #browser: Browser;
  readonly #server: ViteDevServer;
  readonly #display: Display | undefined;
  /** Lies over the page while that is hidden. */
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
      // The pages of other tests have other dependencies, and would be waited for to be bundled again in turns.
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
        // Runs take as long as they are told to.
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

  /** Resolves once the far side of a run shows something. */
  async started(): Promise<void> {
    await this.page.waitForFunction(() => globalThis.live.started(), { polling: 100, timeout: 120_000 });
  }

  /** Puts another tab before the page, which is then hidden in truth: its callbacks stop and its timers slow down. */
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

function chromiumWith(args: string[]): LaunchOptions {
  // Where software stands for the GPU, a call has its frames only if canvases and pages are put together without it.
  const inMemory = ['--disable-gpu-compositing', '--disable-accelerated-2d-canvas'];
  // What is held can only be told once garbage was collected.
  const collectable = '--js-flags=--expose-gc';
  return {
    browser: 'chrome',
    executablePath: chromium.executablePath,
    args: [...args, ...inMemory, collectable],
  };
}

function firefoxWith(extraPrefsFirefox: Record<string, unknown>): LaunchOptions {
  return {
    browser: 'firefox',
    executablePath: process.env.FIREFOX_PATH ?? '/usr/bin/firefox-esr',
    extraPrefsFirefox: {
      'media.navigator.streams.fake': true,
      'media.navigator.permission.disabled': true,
      ...extraPrefsFirefox,
    },
  };
}

/** An X server without a screen. */
interface Display {
  /** As in `DISPLAY`. */
  name: string;
  close(): void;
}

/** On Linux Firefox finds its GPU, or the software that stands for one, through X alone, even where it shows nothing. */
async function openDisplay(): Promise<Display | undefined> {
  if (process.platform !== 'linux' || process.env.DISPLAY) return undefined;
  const server: ChildProcess = spawn(
    'Xvfb',
    ['-displayfd', '1', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  const [number] = await Promise.race([
    once(server.stdout ?? server, 'data'),
    once(server, 'exit').then(() => Promise.reject(new Error('Xvfb did not start'))),
  ]);
  return { name: `:${String(number).trim()}`, close: () => void server.kill() };
}
