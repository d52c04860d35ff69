/** Tables, and the sections of pages that commands write. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { replaceSection, table } from './markdown.mjs';

const page = 'Before.\n\n<!-- bench: npm run bench -- page --markdown -->\nold\n<!-- /bench -->\n\nAfter.\n';

test('an undefined cell is empty, zero is not', () => {
  assert.equal(table(['a', 'b', 'c'], [['x', undefined, 0]]), '| a | b | c |\n|---|---|---|\n| x |  | 0 |');
});

test('only the section is replaced, any number of times', () => {
  const once = replaceSection(page, 'bench', 'new $& text');
  assert.equal(
    once,
    page.replace('old', () => 'new $& text'),
  );
  assert.equal(replaceSection(once, 'bench', 'old'), page);
});

test('a page without the marks is refused', () => {
  assert.throws(() => replaceSection('# Page\n', 'bench', ''), /lacks the marks/);
  assert.throws(() => replaceSection(page.replace('<!-- /bench -->', ''), 'bench', ''), /lacks the marks/);
  assert.throws(() => replaceSection(page, 'ben', ''), /lacks the marks/);
});
