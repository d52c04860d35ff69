/** The targets of links within the project exist, and so do the files that pages name. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { root } from '../../scripts/setup/paths.mjs';
import { anchors, guides, links, pages, read } from './pages.mjs';

/** Folders at the root that pages name files in. */
const FOLDERS = ['.ci', 'bench', 'demo-chime', 'docs', 'models', 'rust', 'scripts', 'tests', 'ts'];
/** Outputs of builds and tests, which a fresh clone lacks. */
const MADE = /^(?:demo-chime\/wasm|docs\/api|models\/.*\.tflite|tests\/output|ts\/(?:dist|models|wasm))\b/;

for (const page of pages) {
  test(`links of ${page}`, () => {
    assert.deepEqual(broken(page, read(page)), []);
  });
}

test('broken links are found', () => {
  const text =
    '# A title: here\n[a](#a-title-here) [b](#b) [c](docs/none.md) [d](README.md#none) [e](docs/)\n';
  assert.deepEqual(broken('README.md', text), [
    'README.md:2: #b',
    'README.md:2: docs/none.md',
    'README.md:2: README.md#none',
  ]);
});

for (const page of guides) {
  test(`files that ${page} names`, () => {
    assert.deepEqual(missingFiles(page, read(page)), []);
  });
}

test('missing files are found', () => {
  const text =
    '`ts/src/worker/privacy-gate.ts` `rust/effects/src/matting/` `ts/src/worker/gates.ts` `ts/dist/index.js` `scripts/*.mjs`\n';
  assert.deepEqual(missingFiles('README.md', text), ['README.md:1: ts/src/worker/gates.ts']);
});

/** Links of a page to missing files and headings. */
function broken(page, text) {
  return links(text)
    .filter(({ target }) => !/^(?:[a-z]+:|\/\/)/.test(target))
    .filter(({ target }) => {
      const [path, anchor] = target.split('#');
      const file = path ? normalize(join(dirname(page), path)) : page;
      if (!existsSync(join(root, file))) return true;
      if (!anchor || !file.endsWith('.md')) return false;
      return !anchors(path ? read(file) : text).has(decodeURIComponent(anchor));
    })
    .map(({ target, line }) => `${page}:${line}: ${target}`);
}

/** Code spans with a path from the root that does not exist. */
function missingFiles(page, text) {
  return text.split('\n').flatMap((content, index) =>
    [...content.matchAll(/`((?:\.?[\w-]+)\/[\w./-]*)`/g)]
      .map(([, path]) => path)
      .filter((path) => FOLDERS.includes(path.split('/')[0]) && !MADE.test(path))
      .filter((path) => !existsSync(join(root, path)))
      .map((path) => `${page}:${index + 1}: ${path}`),
  );
}
