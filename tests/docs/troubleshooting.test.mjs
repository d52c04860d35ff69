/** docs/troubleshooting.md has a section for every error code, and the messages of the sources. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../scripts/setup/paths.mjs';
import { read } from './pages.mjs';

const page = 'docs/troubleshooting.md';
/** Sections other than those of codes. */
const OTHERS = ['Setting up', 'While it runs', 'Reporting'];
/** Codes whose messages are not listed: internal errors, and invalid options. */
const UNLISTED = ['internal', 'option'];
/** The variable parts of a message. */
const VARIABLE = /\$\{[^}]*\}|…/;

test('exactly the codes have sections', () => {
  const declared = /const CODES = \[(.*?)\]/s.exec(source('ts/src/shared/errors.ts'))?.[1] ?? '';
  const codes = [...declared.matchAll(/'([\w-]+)'/g)].map(([, code]) => code);
  assert.ok(codes.length >= 14, 'the codes are read from the source');
  const titles = read(page)
    .split('\n')
    .filter((line) => line.startsWith('## '))
    .map((line) => line.slice(3));
  assert.deepEqual(
    titles.filter((title) => !OTHERS.includes(title)),
    codes,
  );
});

test('the messages in the page exist in the sources', () => {
  const sources = plain(
    [
      'ts/src',
      'rust/tflite/src',
      'rust/segmentation/src',
      'rust/effects/src',
      'rust/engine/src',
      'rust/web/src',
    ]
      .flatMap(files)
      .map(source)
      .join('\n'),
  );
  const messages = read(page)
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) =>
      [...(line.split(' | ')[0] ?? '').matchAll(/`([^`]+)`/g)].map(([, message]) => message),
    );
  assert.ok(messages.length > 20, 'messages were found');
  const strange = messages.filter((message) => fixedParts(message).some((part) => !sources.includes(part)));
  assert.deepEqual(strange, []);
});

test('the page has all messages that the package throws', () => {
  const text = read(page);
  const thrown = files('ts/src').flatMap((file) =>
    [...plain(source(file)).matchAll(/new CycloramaError\( ?'([\w-]+)', (['`])(.*?)\2[,) ]/g)].map(
      ([, code, , message]) => ({ file, code, message }),
    ),
  );
  assert.ok(thrown.length > 20, 'messages were found');
  const unlisted = thrown
    .filter(({ code }) => !UNLISTED.includes(code))
    .filter(({ message }) => fixedParts(message).some((part) => !text.includes(part)))
    .map(({ file, code, message }) => `${file}: ${code}: ${message}`);
  assert.deepEqual(unlisted, []);
});

/** The fixed parts of a message that are long enough for a search. */
function fixedParts(message) {
  return message
    .split(VARIABLE)
    .map((part) => part.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, ''))
    .filter((part) => part.length > 6);
}

/** A source in one line, without escapes of quotes. */
function plain(text) {
  return text.replace(/\s+/g, ' ').replaceAll('\\"', '"').replaceAll("\\'", "'");
}

function files(folder) {
  return readdirSync(join(root, folder), { recursive: true })
    .filter((name) => /\.(?:ts|rs)$/.test(name))
    .map((name) => `${folder}/${name}`);
}

function source(file) {
  return readFileSync(join(root, file), 'utf8');
}
