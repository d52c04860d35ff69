/** Chromium and Firefox. */
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { type Display, openDisplay } from '../display.ts';
import { type Target, targets } from '../targets.ts';
import type { Engine, EngineName, EnginePage } from './engine.ts';
import { END_TIMEOUT, RUN_TIMEOUT, START_TIMEOUT } from './timeouts.ts';

export async function launchWithPuppeteer(name: EngineName & Target): Promise<Engine> {
  const display = name.startsWith('firefox') ? await openDisplay() : undefined;
  try {
    const browser = await puppeteer.launch({
      ...targets[name](),
      headless: true,
      timeout: START_TIMEOUT,
      protocolTimeout: RUN_TIMEOUT,
      ...(display && { env: { ...process.env, DISPLAY: display.name } }),
    });
    const version = await browser.version();
    return { name, version, open: (url) => open(browser, url), close: () => close(browser, display) };
  } catch (cause) {
    display?.close();
    throw cause;
  }
}

async function open(browser: Browser, url: string): Promise<EnginePage> {
  const page = await browser.newPage();
  const goto = async (url: string) => void (await page.goto(url, { timeout: START_TIMEOUT }));
  await goto(url);
  return {
    async run(f, ...args) {
      // JSON, because WebDriver BiDi, which drives Firefox, omits repeated objects of a result.
      const call = `(async () => JSON.stringify(await (${f})(...${JSON.stringify(args)})))()`;
      const result = await page.evaluate(call);
      return result === undefined ? result : JSON.parse(String(result));
    },
    goto,
    screenshot: async () => Buffer.from(await page.screenshot()),
    close: () => closePage(page),
  };
}

/** Closes a page. If the page hangs, its browser is killed. */
async function closePage(page: Page): Promise<void> {
  await inTime(page.close());
}

async function close(browser: Browser, display: Display | undefined): Promise<void> {
  const ended = await inTime(browser.close());
  if (!ended) browser.process()?.kill('SIGKILL');
  display?.close();
}

/** Whether an event happens within {@link END_TIMEOUT}. */
async function inTime(event: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, END_TIMEOUT, false);
  });
  try {
    return await Promise.race([event.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
