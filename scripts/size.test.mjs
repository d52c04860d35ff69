import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { root } from './setup/paths.mjs';
import { measure, total } from './sizes/measure.mjs';
import { tables } from './sizes/tables.mjs';

/** The largest downloads without the model, in bytes. */
const budgets = { webgpu: 1_200_000, webgl: 1_200_000, cpu: 300_000 };

describe('the download', () => {
  let sizes;
  before(async () => {
    sizes = await measure();
  });

  for (const [backend, budget] of Object.entries(budgets)) {
    test(`of a page stays under ${budget / 1e6} MB on ${backend}, without the model`, () => {
      const { model, ...code } = sizes.backends[backend];
      assert.ok(model.brotli > 100_000 && code['wasm module'].brotli > 100_000, 'the files have a size');
      for (const [subpath, script] of Object.entries(sizes.subpaths)) {
        // Subpaths either use the script of the main entry, or include it in their own.
        const { brotli } = total({ ...code, 'page script': larger(script, code['page script']) });
        assert.ok(brotli < budget, `${subpath} takes ${(brotli / 1e6).toFixed(3)} MB`);
      }
    });
  }

  test('of a page leaves the code of the worker out', () => {
    assert.ok(sizes.onPage.raw > 20_000, 'this code is in files of its own');
  });

  test('is what docs/sizes.md says', async () => {
    const page = await readFile(join(root, 'docs', 'sizes.md'), 'utf8');
    const written = figures(page.slice(page.indexOf('<!-- sizes'), page.indexOf('<!-- /sizes')));
    const measured = figures(tables(sizes));
    const advice = '`npm run update -- sizes` updates it';
    assert.deepEqual([...written.keys()], [...measured.keys()], advice);
    for (const [title, values] of measured) {
      for (const [column, value] of values.entries()) {
        const documented = written.get(title)[column];
        // Compilers differ by a little.
        assert.ok(
          Math.abs(documented - value) <= Math.max(0.05 * value, 0.5),
          `${title}: ${documented}, not ${value}: ${advice}`,
        );
      }
    }
  });
});

function larger(a, b) {
  return a.brotli > b.brotli ? a : b;
}

/** The numbers of each line, by the rest of the line. */
function figures(text) {
  const lines = text.split('\n').filter((line) => /\d/.test(line) && !line.startsWith('<!--'));
  return new Map(lines.map((line) => [line.replace(/[\d.]+/g, '#'), line.match(/\d[\d.]*/g).map(Number)]));
}
