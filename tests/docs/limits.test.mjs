/** The limits of what a reader has to hold in mind: lines of a file, words of a page, files in the root of the package's source. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { root } from '../../scripts/setup/paths.mjs';
import { read } from './pages.mjs';

const MAX_LINES = 500;
const SOURCES = /\.(?:tsx?|m?js|rs|wgsl|css|html|py|sh|md)$/;
/** Longer files, with the reason. */
const LONGER = {
  'THIRD_PARTY.md': 'licenses of others',
  'docs/options.md': 'generated from the types',
  'rust/tflite/src/schema.rs': 'generated from the schema of TensorFlow Lite',
};

/** Maximum words of the pages that strangers read first, code blocks included. */
const MAX_WORDS = {
  'README.md': 450,
  'docs/comparison.md': 600,
  'docs/performance.md': 900,
  'docs/architecture.md': 1200,
};

test(`no file has more than ${MAX_LINES} lines without a reason`, () => {
  const files = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0');
  const long = files
    .filter((file) => SOURCES.test(file))
    .filter((file) => read(file).split('\n').length > MAX_LINES + 1);
  assert.deepEqual(long.sort(), Object.keys(LONGER).sort());
});

for (const [page, most] of Object.entries(MAX_WORDS)) {
  test(`${page} has at most ${most} words`, () => {
    const words = read(page).split(/\s+/).filter(Boolean).length;
    assert.ok(words > most / 2 && words <= most, `${words} words`);
  });
}

test('every module of the package is in the folder of the thread that runs it', () => {
  const files = readdirSync(`${root}/ts/src`, { withFileTypes: true });
  assert.deepEqual(
    files.filter((entry) => entry.isFile()).map(({ name }) => name),
    ['index.ts'],
  );
});
