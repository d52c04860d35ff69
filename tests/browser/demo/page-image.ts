import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { compareWithFile } from '../golden-image.ts';
import { output } from './harness.ts';

const goldens = fileURLToPath(new URL('../../golden/pages/', import.meta.url));
/** The browser and fonts of the images. Other browsers and fonts render text differently. */
const environmentFile = join(goldens, 'made-with.json');

/**
 * The largest difference of a page from its image, as mean FLIP over the page. The same browser with the same fonts renders the same
 * image. A missing button on the meeting page gave 0.0012 at desktop width and 0.0036 at phone width.
 */
const BOUND = 0.0003;

/** Set by `npm run update -- pages`. */
const renewing = process.env.CYCLORAMA_RENEW_PAGES === '1';

/**
 * Hides what moves, what depends on the machine's speed, and the list of documents. Hidden parts have a fixed size.
 */
const STILL = `
  video { visibility: hidden; }
  .facts dd, #clock, #machine, .metrics td, .metrics meter, .counts { visibility: hidden; }
  .metrics td { font-size: 0; }
  .facts dd, #clock, #machine { height: 1.5rem; overflow: hidden; white-space: nowrap; }
  .counts { height: 3rem; overflow: hidden; }
  .documents { height: 3rem; overflow: hidden; visibility: hidden; }
`;

/** Takes screenshots of a whole page: as it is for `tests/output`, and as the return value without moving parts. */
export async function takeScreenshot(page: Page, name: string): Promise<Buffer> {
  await page.evaluate(() => window.scrollTo(0, 0));
  await page.screenshot({ path: join(output, `page-${name}.png`), fullPage: true });
  // The page's policy blocks injected style elements, but not constructed style sheets.
  await page.evaluate((rules) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(rules);
    document.adoptedStyleSheets = [sheet];
  }, STILL);
  const png = await page.screenshot({ fullPage: true, animations: 'disabled' });
  await page.evaluate(() => {
    document.adoptedStyleSheets = [];
  });
  if (renewing) {
    await mkdir(goldens, { recursive: true });
    await writeFile(join(goldens, `${name}.png`), png);
    await writeFile(environmentFile, `${JSON.stringify(await environmentOf(page), null, 2)}\n`);
  }
  return png;
}

/**
 * Describes how a page differs from its committed image. `undefined` if it does not. `comparable` is false if browser or fonts differ
 * from those of the image, because every line of text would differ.
 */
export async function differenceFromGolden(
  page: Page,
  name: string,
  png: Buffer,
): Promise<{ comparable: boolean; difference?: string }> {
  const golden = join(goldens, `${name}.png`);
  if (!existsSync(golden)) {
    return { comparable: true, difference: `${golden} is missing: run "npm run update -- pages"` };
  }
  const current = JSON.stringify(await environmentOf(page));
  if (JSON.stringify(JSON.parse(await readFile(environmentFile, 'utf8'))) !== current)
    return { comparable: false };
  const [found, expected] = [sizeOf(png), sizeOf(await readFile(golden))];
  if (found !== expected) return { comparable: true, difference: `it is ${found} and was ${expected}` };
  const { meanFlip, files } = await compareWithFile(png, golden, {
    folder: join(output, 'pages'),
    name,
    bound: BOUND,
  });
  if (!files) return { comparable: true };
  return { comparable: true, difference: `its mean FLIP is ${meanFlip}: see ${files}` };
}

/** Width and height from the first chunk of a PNG. */
const sizeOf = (png: Buffer) => `${png.readUInt32BE(16)} x ${png.readUInt32BE(20)}`;

async function environmentOf(page: Page): Promise<object> {
  const widths = await page.evaluate(() => {
    const context = document.createElement('canvas').getContext('2d');
    return ['system-ui', 'monospace'].map((family) => {
      if (context) context.font = `650 64px ${family}`;
      return context?.measureText('The quick brown fox jumps over the lazy dog · 0123456789').width;
    });
  });
  return { chromium: page.context().browser()?.version().split('.')[0], widths: widths.join(' ') };
}
