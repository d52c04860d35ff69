/** Opens every page of the built demo in Chromium, on a poor static host. */
import { readdir } from 'node:fs/promises';
import { chromium } from 'playwright-core';
import { confine } from '../../bench/browser.mjs';
import { SetupError } from '../setup/command.mjs';
import { openHost } from './host.mjs';

/** Software rendering is slow to start, and much slower next to other work. */
const patience = 240_000;

/** Without WebGPU: its software adapter takes much longer to start. */
const args = [
  '--no-sandbox',
  '--use-angle=swiftshader',
  // With GPU compositing, a page that plays a video never becomes idle on a software adapter.
  '--disable-gpu-compositing',
  // No name resolves, whatever a page tries.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];

/** What each page has to reach. A function rejects where its page does not. */
const pages = {
  'index.html': async (page) => {
    await reaches(page, 'Running.');
    await shows(page, '#adapter', /WebGL2/);
    await shows(page, '#counts', /Hidden\d+Raw0Failed0$/);
    const { before, after } = await poll(page, sharpness, ({ before, after }) => before > 0 && after > 0);
    if (after > before / 2)
      throw new Error(`the room is not blurred (sharpness ${before} before, ${after} after)`);
  },
  'call.html': async (page) => {
    await reaches(page, 'The call is on.');
    await shows(page, '#received', /^\d+ × \d+ · [1-9]\d* frames per second/);
  },
  'meeting.html': async (page) => {
    await page.locator('#unavailable').waitFor();
    await shows(page, '#missing', /server/);
    await shows(page, '#remedies', /npm start/);
  },
  'benchmark.html': async (page) => {
    const state = () => page.evaluate(() => document.documentElement.dataset.benchmark);
    await poll(page, state, (found) => ['done', 'failed', 'stopped'].includes(found));
    const report = JSON.parse((await page.locator('#report').textContent()) || '{}');
    const [row] = report.rows ?? [];
    if (!row || row.error || !row.quality) {
      throw new Error(
        `the run gives no result: ${row?.error ?? (await page.locator('#problem').textContent())}`,
      );
    }
  },
  'check.html': async (page) => {
    const state = () => page.evaluate(() => document.documentElement.dataset.check);
    await poll(page, state, (found) => ['done', 'failed', 'stopped'].includes(found));
    const { rows = [] } = JSON.parse((await page.locator('#report').textContent()) || '{}');
    const failed = rows.filter(({ status }) => status === 'failed');
    if (rows.length > 0 && failed.length === 0) return;
    const reasons = failed.map(({ title, detail }) => `${title}: ${detail}`).join('; ');
    throw new Error(`the check fails: ${reasons || (await page.locator('#problem').textContent())}`);
  },
};

/** Of the benchmark one model at one small size with the masks judged, and of the check what a browser without WebGPU can do. */
const queries = {
  'benchmark.html':
    '?models=selfie_segmentation_landscape&backends=webgl&sizes=320x180&refinement=none&rounds=1&frames=2&warmup=0&seconds=0&run',
  'check.html': '?only=browser,quirks,support,webgl-worker&run',
};

/**
 * Verifies that a built demo works on a static host that sends hardly any header, below a path of that host.
 *
 * @param {string} folder the built demo.
 * @param {string} executablePath of Chromium.
 * @returns {Promise<string>} what was opened, in words.
 * @throws {SetupError} naming every page that does not work, and why.
 */
export async function verifySite(folder, executablePath) {
  const unknown = (await readdir(folder)).filter((name) => name.endsWith('.html') && !(name in pages));
  if (unknown.length > 0) {
    throw new SetupError(`scripts/release/verify.mjs does not know what ${unknown.join(', ')} has to show.`);
  }
  const host = await openHost(folder);
  try {
    const browser = await chromium.launch({ executablePath, args }).catch((error) => {
      throw new SetupError(`${executablePath} does not start: ${error.message}`);
    });
    try {
      return await verifyPages(browser, host);
    } finally {
      await browser.close();
    }
  } finally {
    await host.close();
  }
}

async function verifyPages(browser, host) {
  const problems = [];
  const links = new Set();
  for (const [file, check] of Object.entries(pages)) {
    problems.push(
      ...(await visit(browser, host, `${file}${queries[file] ?? ''}`, async (page) => {
        const found = await page.locator('a[href]').evaluateAll((all) => all.map(({ href }) => href));
        for (const link of found) links.add(link.split('#')[0]);
        await check(page);
      })),
    );
  }
  const documents = [...links].filter((link) => link.endsWith('.txt'));
  if (documents.length === 0) problems.push('no page links to the documentation');
  for (const link of documents) {
    const file = link.slice(host.address.length);
    problems.push(...(await visit(browser, host, file, readsAsText)));
  }
  for (const link of links) {
    if (!link.startsWith(host.address)) problems.push(`a page links to ${link}, outside of the site`);
  }
  for (const { path, status } of host.asked) {
    // Chromium asks for this icon on behalf of a text document, which names none.
    if (path === '/favicon.ico') continue;
    // What no page waited for, such as a worker's file.
    if (status === 404 && !problems.some((problem) => problem.includes(path))) {
      problems.push(`a page requests ${path}, which the site lacks`);
    }
  }
  if (problems.length > 0) {
    throw new SetupError(
      `The demo does not work on a static host:\n${problems.map((each) => `  ${each}`).join('\n')}`,
    );
  }
  return `${Object.keys(pages).length} pages, ${documents.length} documents, ${host.asked.length} requests`;
}

/** Opens one file and resolves with what is wrong with it. */
async function visit(browser, host, file, check) {
  const problems = [];
  // A page that may use the camera connects a call by IP addresses; another, by names, which do not resolve here.
  const context = await browser.newContext({ permissions: ['camera'] });
  try {
    const { refused } = await confine(context, host.origin);
    context.on('weberror', (error) => problems.push(String(error.error())));
    context.on('console', (message) => {
      if (!['error', 'warning'].includes(message.type())) return;
      // Chromium's own words where it has no WebGPU.
      if (message.text() !== 'No available adapters.') problems.push(message.text());
    });
    const page = await context.newPage();
    page.setDefaultTimeout(patience);
    // A page that lacks a file may wait for it until nobody has patience any more.
    const missing = new Promise((_, reject) => {
      page.on('response', (response) => {
        if (!response.ok()) reject(new Error(`requests ${response.url()}, which the site lacks`));
      });
    });
    const checked = page.goto(`${host.address}${file}`).then(() => check(page));
    await Promise.race([checked, missing]).catch((error) => problems.push(error.message));
    problems.push(...[...refused].map((address) => `requests ${address}`));
    return problems.map((problem) => `${file.split('?')[0]}: ${problem}`);
  } finally {
    await context.close();
  }
}

/** Without a charset in a header, only a byte order mark makes text UTF-8. */
async function readsAsText(page) {
  const { type, charset } = await page.evaluate(() => ({
    type: document.contentType,
    charset: document.characterSet,
  }));
  if (type !== 'text/plain' || charset !== 'UTF-8') throw new Error(`opens as ${type} in ${charset}`);
}

/** Waits for the page's status, and fails as soon as the page reports a problem. */
async function reaches(page, status) {
  const read = () =>
    page.evaluate(() => ({
      status: document.getElementById('status').textContent,
      problem: document.getElementById('problem').textContent,
    }));
  const found = await poll(page, read, ({ status: now, problem }) => now === status || problem !== '');
  if (found.problem !== '') throw new Error(`reports a problem: ${found.problem}`);
}

async function shows(page, selector, pattern) {
  await poll(
    page,
    () => page.locator(selector).textContent(),
    (text) => pattern.test(text),
  );
}

/** Reads a value twice a second until it is as it should be. */
async function poll(page, read, isRight) {
  const end = performance.now() + patience;
  for (;;) {
    const value = await read(page);
    if (isRight(value)) return value;
    if (performance.now() > end) throw new Error(`stays at ${JSON.stringify(value)}`);
    await page.waitForTimeout(500);
  }
}

/** How sharp the room at the left is, in what goes into the effect and in what comes out: mean steps between pixels. */
function sharpness(page) {
  return page.evaluate(() => {
    const of = (id) => {
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [640, 360];
      const context = canvas.getContext('2d');
      context.drawImage(document.getElementById(id), 0, 0, canvas.width, canvas.height);
      const { data, width, height } = context.getImageData(0, 0, canvas.width * 0.15, canvas.height * 0.6);
      let sum = 0;
      for (let at = 0; at + 4 < data.length; at += 4) sum += Math.abs(data[at + 1] - data[at + 5]);
      return sum / (width * height);
    };
    return { before: of('original'), after: of('result') };
  });
}
