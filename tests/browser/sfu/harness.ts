import { fileURLToPath } from 'node:url';
import puppeteer, { type Browser, type LaunchOptions, type Page } from 'puppeteer-core';
import { createServer, type ViteDevServer } from 'vite';
import { type Display, openDisplay } from '../display.js';
import { targets } from '../targets.js';
import type { Color } from './color.js';
import { type Janus, startJanus } from './janus.js';
import type { Actions, CallOptions, CallState } from './page.js';

/** The browsers of the test. */
export type Target = 'chromium' | 'chromium-webgl' | 'chromium-without-gpu' | 'firefox';

// Globals of the page.
declare const actions: Actions;

/** Browsers omit the loopback interface by default, and Firefox uses host names that Janus cannot resolve. */
const loopbackArgument = '--allow-loopback-in-peer-connection';
const loopbackPreferences = {
  'media.peerconnection.ice.loopback': true,
  'media.peerconnection.ice.obfuscate_host_addresses': false,
};

/**
 * A warning that Chromium reports occasionally while the package runs. Whenever it did, every frame that the package's scripts had
 * read, made or cloned was closed. The cause is unknown: docs/robustness.md.
 */
const unclosed = 'A VideoFrame was garbage collected without being closed';

/** A browser with the page of this folder, and a server for its calls. */
export class Harness {
  /** Errors that the page reported. */
  readonly complaints: string[] = [];
  readonly #page: Page;
  readonly #browser: Browser;
  readonly #files: ViteDevServer;
  readonly #janus: Janus;
  readonly #display: Display | undefined;

  private constructor(page: Page, browser: Browser, files: ViteDevServer, janus: Janus, display?: Display) {
    this.#page = page;
    this.#browser = browser;
    this.#files = files;
    this.#janus = janus;
    this.#display = display;
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('console', (message) => {
      if (message.type() !== 'error' || message.text().startsWith(unclosed)) return;
      this.complaints.push(message.text());
    });
  }

  static async open(target: Target): Promise<Harness> {
    const files = await createServer({
      root: fileURLToPath(new URL('.', import.meta.url)),
      configFile: false,
      cacheDir: fileURLToPath(new URL('../../../node_modules/.vite/sfu', import.meta.url)),
      logLevel: 'warn',
      server: { host: '127.0.0.1', hmr: false, watch: null },
    });
    let [browser, janus, display]: [Browser?, Janus?, Display?] = [];
    try {
      await files.listen();
      janus = await startJanus();
      if (target === 'firefox') display = await openDisplay();
      browser = await puppeteer.launch({
        ...launchOptions(target),
        ...(display ? { env: { ...process.env, DISPLAY: display.name } } : {}),
        headless: true,
        // Making an engine on a software GPU takes long.
        protocolTimeout: 180_000,
      });
      const harness = new Harness(await browser.newPage(), browser, files, janus, display);
      await harness.#page.goto(files.resolvedUrls?.local[0] ?? '');
      await harness.#page.waitForFunction('globalThis.actions');
      return harness;
    } catch (cause) {
      await Promise.allSettled([browser?.close(), files.close(), janus?.close()]);
      display?.close();
      throw cause;
    }
  }

  /** Opens a call. Resolves with the mean color of the person in the camera's frames. */
  openCall(options: Omit<CallOptions, 'server'>): Promise<Color> {
    return this.do('open', { server: this.#janus.url, ...options });
  }

  /** @param from omits the results before this one. */
  state(from = 0): Promise<CallState> {
    return this.do('state', from);
  }

  /** Calls one of the page's actions. */
  do<Name extends keyof Actions>(
    name: Name,
    ...args: Parameters<Actions[Name]>
  ): Promise<Awaited<ReturnType<Actions[Name]>>> {
    return this.#page.evaluate(
      (name, args) => (actions[name as Name] as (...args: unknown[]) => unknown)(...args),
      name,
      args,
    ) as Promise<Awaited<ReturnType<Actions[Name]>>>;
  }

  async close(): Promise<void> {
    await Promise.all([this.#browser.close(), this.#files.close(), this.#janus.close()]);
    this.#display?.close();
  }
}

function launchOptions(target: Target): LaunchOptions {
  const { args = [], extraPrefsFirefox, ...options }: LaunchOptions = targets[target]();
  return target === 'firefox'
    ? { ...options, extraPrefsFirefox: { ...extraPrefsFirefox, ...loopbackPreferences } }
    : { ...options, args: [...args, loopbackArgument] };
}
