/** Code, comments, messages and pages use none of the words of refused-words.mjs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describe, findAll, findWords, textFiles } from './words.mjs';

test('no file uses a refused word', () => {
  assert.ok(textFiles().length > 700, 'all text files are searched');
  const findings = findAll().map(describe);
  assert.deepEqual(findings.slice(0, 50), [], `${findings.length} refused words`);
});

for (const line of [
  'the picture of a camera',
  'const newPicture = 1;',
  'let picture_size = size;',
  'loads the network',
  'runs on the processor',
  'the share of the frame',
  'const personShare = 0.5;',
  'the listener is told of it',
  'a model by its address',
  'calls go on',
  'an image of another origin',
  'one file beside another',
  'the call rejects, for it has no frame',
  'a colour in the centre',
  'class Outlet {',
  'pub struct Graphics {',
]) {
  test(`refuses: ${line}`, () => {
    const [finding] = findWords('ts/src/page/file.ts', `fine\n${line}\n`);
    assert.equal(finding?.line, 2);
    assert.ok(finding.instead);
  });
}

for (const [file, line] of [
  ['ts/src/page/file.ts', 'a network request failed: a network error'],
  ['ts/src/page/file.ts', 'document.exitPictureInPicture(); // <picture>'],
  ['ts/src/page/file.ts', 'both threads share a buffer, which is shared memory'],
  ['ts/src/page/file.ts', 'a download that was retried once'],
  ['ts/src/adapters/twilio.ts', 'stops the frames of the processor'],
  ['ts/src/page/file.ts', 'Figures are medians. Recent frames come first.'],
  ['docs/privacy.md', '> whoever said it, in a quote'],
]) {
  test(`allows in ${file}: ${line}`, () => {
    assert.deepEqual(findWords(file, line), []);
  });
}
