import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { compareWithFile } from '../golden-image.ts';
import { output } from './harness.ts';

const goldens = fileURLToPath(new URL('../../golden/pages/', import.meta.url));
/** What the pictures were made with, beside them: other fonts and browsers lay out and draw text otherwise. */
const circumstances = join(goldens, 'made-with.json');

/**
 * How much a page may differ from its picture, as mean FLIP over all of it. The same browser with the same fonts gives the
 * same picture; a button that was missing on the meeting page was 0.0012 at desktop and 0.0036 at phone width.
 */
const BOUND = 0.0003;

/** Set by `npm run update -- pages`. */
const renewing = process.env.CYCLORAMA_RENEW_PAGES === '1';

/**
 * Left out of the picture is what moves, what the machine's speed decides, and the list of documents. It takes up the same
 * space whatever it says.
 */
const STILL = `
  video { visibility: hidden; }
  .facts dd, #clock, #machine, .metrics td, .metrics meter, .counts { visibility: hidden; }
  .facts dd, #clock, #machine { height: 1.5rem; overflow: hidden; white-space: nowrap; }
  .counts { height: 3rem; overflow: hidden; }
  .documents { height: 3rem; overflow: hidden; visibility: hidden; }
`;

/** Photographs a whole page; leaves the picture as it is in `tests/output`, and gives the one without what moves. */
export async function photograph(page: Page, name: string): Promise<Buffer> {
  await page.evaluate(() => window.scrollTo(0, 0));
  await page.screenshot({ path: join(output, `page-${name}.png`), fullPage: true });
  // The page's policy refuses styles that a tool writes into it, not those that its own scripts make.
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
    await writeFile(circumstances, `${JSON.stringify(await circumstancesOf(page), null, 2)}\n`);
  }
  return png;
}

/**
 * How a page differs from the picture that is kept of it: in words, and `undefined` where it does not. Where fonts or browser
 * are others than the picture's, `comparable` is false, as every line of text would differ.
 */
export async function differenceFromKept(
  page: Page,
  name: string,
  png: Buffer,
): Promise<{ comparable: boolean; difference?: string }> {
  const kept = join(goldens, `${name}.png`);
  if (!existsSync(kept)) {
    return { comparable: true, difference: `${kept} is missing: run "npm run update -- pages"` };
  }
  const now = JSON.stringify(await circumstancesOf(page));
  if (JSON.stringify(JSON.parse(await readFile(circumstances, 'utf8'))) !== now) return { comparable: false };
  const [found, expected] = [sizeOf(png), sizeOf(await readFile(kept))];
  if (found !== expected) return { comparable: true, difference: `it is ${found} and was ${expected}` };
  const { meanFlip, files } = await compareWithFile(png, kept, {
    folder: join(output, 'pages'),
    name,
    bound: BOUND,
  });
  if (!files) return { comparable: true };
  return { comparable: true, difference: `its mean FLIP is ${meanFlip}: see ${files}` };
}

/** Width and height out of a PNG's first chunk. */
const sizeOf = (png: Buffer) => `${png.readUInt32BE(16)} x ${png.readUInt32BE(20)}`;

async function circumstancesOf(page: Page): Promise<object> {
  const widths = await page.evaluate(() => {
    const context = document.createElement('canvas').getContext('2d');
    return ['system-ui', 'monospace'].map((family) => {
      if (context) context.font = `650 64px ${family}`;
      return context?.measureText('Sphinx of black quartz, judge my vow · 0123456789').width;
    });
  });
  return { chromium: page.context().browser()?.version().split('.')[0], widths: widths.join(' ') };
}
