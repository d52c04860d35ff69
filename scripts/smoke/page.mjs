/** Inspects a test app's page: the room is blurred, the person is not, and only the expected files are loaded. */
import assert from 'node:assert/strict';
import { confine } from '../../bench/browser.mjs';

/** In ms. A software GPU takes ten seconds to start, and much longer on a busy machine. */
const TIMEOUT = 240_000;

/** @returns {Promise<string>} a summary of the loaded files. */
export async function inspect(browser, url) {
  const html = await (await fetch(url)).text();
  assert.match(html, /id="?status"?[ >][^<]*starting/, 'the server renders the page');

  const context = await browser.newContext();
  try {
    const { refused } = await confine(context, new URL(url).origin);
    const loaded = new Set();
    const pageErrors = [];
    context.on('response', (response) => loaded.add(new URL(response.url()).pathname));
    context.on('weberror', (error) => pageErrors.push(String(error.error())));
    const page = await context.newPage();
    const workers = [];
    page.on('worker', (worker) => workers.push(worker.url()));
    page.on('console', (message) => {
      if (message.type() === 'error') pageErrors.push(message.text());
    });
    await page.goto(url);
    const status = page.locator('#status');
    await status.filter({ hasText: /done|failed/ }).waitFor({ timeout: TIMEOUT });
    assert.equal(await status.textContent(), 'done: processed', pageErrors.join('\n'));

    const before = await page.evaluate(examine, 'camera');
    const after = await page.evaluate(examine, 'result');
    assert.ok(before.loud > 0.95, `the wall has two loud colors (${before.loud})`);
    assert.ok(after.loud < 0.01, `the blur removes these colors (${after.loud})`);
    const changed = mean(before.person.map((level, index) => Math.abs(level - after.person[index])));
    assert.ok(changed < 4, `the person is unchanged (${changed} levels of 255)`);
    assert.ok(new Set(before.person).size > 20, 'a person is visible');

    const ending = (suffix) => [...loaded].filter((path) => path.endsWith(suffix));
    assert.equal(ending('.wasm').length, 1, `one wasm module is loaded: ${ending('.wasm')}`);
    assert.equal(ending('.tflite').length, 1, `one model is loaded: ${ending('.tflite')}`);
    assert.equal(workers.length, 1, `one worker is started: ${workers}`);
    assert.deepEqual([...refused], [], 'no other server is contacted');
    assert.deepEqual(pageErrors, []);
    return `${loaded.size} files`;
  } finally {
    await context.close();
  }
}

/**
 * Runs in the page: the fraction of a canvas's left and right ends with one of the wall's colors, and the colors of
 * the face and the shoulder.
 */
function examine(id) {
  const canvas = document.getElementById(id);
  const context = canvas.getContext('2d');
  const pixels = (left, top, width, height) =>
    context.getImageData(
      Math.round(left * canvas.width),
      Math.round(top * canvas.height),
      Math.round(width * canvas.width),
      Math.round(height * canvas.height),
    ).data;
  let [loud, count] = [0, 0];
  for (const left of [0.02, 0.84]) {
    const wall = pixels(left, 0.05, 0.14, 0.4);
    for (let index = 0; index < wall.length; index += 4) {
      const [red, green, blue] = wall.subarray(index, index + 3);
      const magenta = red > 200 && green < 60 && blue > 200;
      const lime = red < 60 && green > 200 && blue < 60;
      loud += magenta || lime ? 1 : 0;
      count += 1;
    }
  }
  const person = [pixels(0.36, 0.5, 0.1, 0.12), pixels(0.445, 0.19, 0.045, 0.12)].flatMap((part) => [
    ...part,
  ]);
  return { loud: loud / count, person };
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
