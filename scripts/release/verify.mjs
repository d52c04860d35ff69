/** Opens every page of the built demo in Chromium, on a minimal static host. */
import { readdir } from 'node:fs/promises';
import { chromium } from 'playwright-core';
import { confine } from '../../bench/browser.mjs';
import { SetupError } from '../setup/command.mjs';
import { openHost } from './host.mjs';

/** In ms. Software rendering starts slowly, and much more slowly on a busy machine. */
const TIMEOUT = 240_000;

/** Without WebGPU: its software adapter takes much longer to start. */
const args = [
  '--no-sandbox',
  '--use-angle=swiftshader',
  // With GPU compositing, a page that plays a video never becomes idle on a software adapter.
  '--disable-gpu-compositing',
  // No host name resolves.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];

/** The checks of the pages. A check rejects if its page does not work. */
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
        `the run has no result: ${row?.error ?? (await page.locator('#problem').textContent())}`,
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

/** The benchmark runs one model at one small size with mask quality. The check runs the parts that need no WebGPU. */
const queries = {
  'benchmark.html':
    '?models=selfie_segmentation_landscape&backends=webgl&sizes=320x180&refinement=none&rounds=1&frames=2&warmup=0&seconds=0&run',
  'check.html': '?only=browser,quirks,support,webgl-worker&run',
};

/**
 * Verifies that a built demo works below any path of a static host that sends hardly any headers.
 *
 * @param {string} folder the built demo.
 * @param {string} executablePath of Chromium.
 * @returns {Promise<string>} a summary.
 * @throws {SetupError} that names every broken page with the reason.
 */
export async function verifySite(folder, executablePath) {
  const unknown = (await readdir(folder)).filter((name) => name.endsWith('.html') && !(name in pages));
  if (unknown.length > 0) {
    throw new SetupError(`scripts/release/verify.mjs has no check for ${unknown.join(', ')}.`);
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
    const file = link.slice(host.url.length);
    problems.push(...(await visit(browser, host, file, readsAsText)));
  }
  for (const link of links) {
    if (!link.startsWith(host.url)) problems.push(`a page links to ${link}, outside of the site`);
  }
  for (const { path, status } of host.requests) {
    // Chromium requests this icon for text documents.
    if (path === '/favicon.ico') continue;
    // Missing files that no page waited for, such as a worker's script.
    if (status === 404 && !problems.some((problem) => problem.includes(path))) {
      problems.push(`a page requests ${path}, which the site lacks`);
    }
  }
  if (problems.length > 0) {
    throw new SetupError(
      `The demo does not work on a static host:\n${problems.map((each) => `  ${each}`).join('\n')}`,
    );
  }
  return `${Object.keys(pages).length} pages, ${documents.length} documents, ${host.requests.length} requests`;
}

/** Opens one file, and resolves with its problems. */
async function visit(browser, host, file, check) {
  const problems = [];
  // Without the camera permission, WebRTC uses mDNS names instead of IP addresses, which do not resolve here.
  const context = await browser.newContext({ permissions: ['camera'] });
  try {
    const { refused } = await confine(context, host.origin);
    context.on('weberror', (error) => problems.push(String(error.error())));
    context.on('console', (message) => {
      if (!['error', 'warning'].includes(message.type())) return;
      // Chromium logs this without WebGPU.
      if (message.text() !== 'No available adapters.') problems.push(message.text());
    });
    const page = await context.newPage();
    page.setDefaultTimeout(TIMEOUT);
    // Fails early: a page may wait for a missing file until the timeout.
    const missing = new Promise((_, reject) => {
      page.on('response', (response) => {
        if (!response.ok()) reject(new Error(`requests ${response.url()}, which the site lacks`));
      });
    });
    const checked = page.goto(`${host.url}${file}`).then(() => check(page));
    await Promise.race([checked, missing]).catch((error) => problems.push(error.message));
    problems.push(...[...refused].map((url) => `requests ${url}`));
    return problems.map((problem) => `${file.split('?')[0]}: ${problem}`);
  } finally {
    await context.close();
  }
}

/** Verifies that a text file opens as UTF-8. Without a charset header, this needs a byte order mark. */
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

/** Reads a value twice a second until `isRight` accepts it. */
async function poll(page, read, isRight) {
  const end = performance.now() + TIMEOUT;
  for (;;) {
    const value = await read(page);
    if (isRight(value)) return value;
    if (performance.now() > end) throw new Error(`stays at ${JSON.stringify(value)}`);
    await page.waitForTimeout(500);
  }
}

/** Sharpness of the room at the left before and after the effect: the mean difference of adjacent pixels. */
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
