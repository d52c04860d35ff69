import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { replaceSection } from '../../../bench/markdown.mjs';
import { readCompat } from './compat.mjs';
import { render, sections } from './tables.mjs';

const read = (file) => readFile(new URL(`../../../docs/${file}`, import.meta.url), 'utf8');

const row = (group, id, status, more = {}) => ({ group, id, title: id, status, detail: '', ...more });

/** Reports of one engine with these rows. */
const reports = (...rows) => ({
  engines: { webkit: { version: 'WebKitGTK 1', report: { date: '2026-01-02T03:04:05Z', rows } } },
  compat: undefined,
});

test('docs/browser-support.md matches the stored reports', async () => {
  const kept = JSON.parse(await read('reports/browser-support.json'));
  const page = await read('browser-support.md');
  for (const section of sections) {
    assert.equal(replaceSection(page, section, render(section, kept)), page, `section ${section}`);
  }
});

test('a failed check names the places, and a missing backend does not count', () => {
  const text = render(
    'checks',
    reports(
      row('support', 'create', 'passed'),
      row('webgpu-worker', 'create', 'unavailable'),
      row('webgl-worker', 'color', 'failed'),
      row('webgl-page', 'color', 'passed'),
      row('webgl-page', 'create', 'passed'),
    ),
  );
  assert.match(text, /^\| color \| 1 of 2; fails: WebGL2, worker \|$/m);
  assert.match(text, /^\| create \| 1 of 1 \|$/m);
});

test('a deviation names its workaround and the places', () => {
  const shownBy = ['webgl-page/color'];
  const text = render(
    'deviations',
    reports(
      row('quirks', 'one', 'worked-around', { place: 'page', shownBy }),
      row('quirks', 'one', 'failed', { place: 'worker', shownBy }),
      row('quirks', 'two', 'passed', { place: 'page' }),
      row('quirks', 'three', 'deviates', { place: 'page', shownBy }),
    ),
  );
  assert.match(text, /^\| one \| no, worked around \(page\); no, fails \(worker\) \|$/m);
  assert.match(text, /^\| two \| yes \|$/m);
  assert.match(text, /^\| three \| no, effect not tested \(page\) \|$/m);
});

test('an engine without a report of a part has empty cells', () => {
  const text = render('tested', reports(row('webgl-page', 'page', 'failed')));
  assert.match(
    text,
    /^\| WebKitGTK, track streams on \| WebKitGTK 1 \| – \| – \| – \| 0 \| 1 \| 2026-01-02 \|$/m,
  );
});

test('the minimum version of a browser is the highest of the required features', async () => {
  const { default: data } = await import('@mdn/browser-compat-data', { with: { type: 'json' } });
  const { minimum, features } = readCompat(data);
  // AbortSignal.any came last.
  assert.equal(minimum.chrome, '116');
  assert.equal(minimum.safari, '17.4');
  const webGpu = features.find(({ title }) => title === 'WebGPU').versions;
  assert.deepEqual(webGpu.chrome, { whole: '144', part: '113' });
  const generator = features.find(({ title }) => title === '`VideoTrackGenerator`').versions;
  assert.deepEqual(generator.chrome, {});
  assert.throws(() => readCompat({ ...data, webassembly: {} }), /no webassembly\.fixed-width-SIMD/);
});
