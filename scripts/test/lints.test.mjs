import assert from 'node:assert/strict';
import { test } from 'node:test';
import { currentLints, lintsFor } from './lints.mjs';

test('warnings of the tested compiler and of older ones fail', () => {
  for (const found of ['rustc 1.95.0 (59807616e 2026-04-14)', 'rustc 1.94.1 (aaaaaaaaa 2026-03-01)']) {
    assert.deepEqual(lintsFor('1.95', found), { lints: ['-D', 'warnings'], note: undefined });
  }
});

test('warnings of a newer compiler do not fail, and a note says so', () => {
  for (const found of [
    'rustc 1.96.0-nightly (bbbbbbbbb 2026-05-01)',
    'rustc 1.100.0 (c 2027-01-01)',
    'rustc 2.0.0 (d)',
  ]) {
    const { lints, note } = lintsFor('1.95', found);
    assert.deepEqual(lints, []);
    assert.match(note, /is newer than 1\.95/);
  }
});

test('Cargo.toml names the tested compiler', async () => {
  const { lints, note } = await currentLints();
  assert.ok(lints.length > 0 || note !== undefined);
});
