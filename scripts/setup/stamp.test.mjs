/** Steps run again only if something that they depend on has changed. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { root } from './paths.mjs';
import { digest, unlessStamped } from './stamp.mjs';

let folder;
let inputs;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cyclorama-stamp-'));
  inputs = [relative(root, join(folder, 'in'))];
  await mkdir(join(folder, 'in', 'deep'), { recursive: true });
  await writeFile(join(folder, 'in', 'deep', 'a'), 'one');
});
afterEach(() => rm(folder, { recursive: true }));

test('the digest depends on contents, names and facts, not on times', async () => {
  const file = join(folder, 'in', 'deep', 'a');
  const first = await digest(inputs, 'compiler 1');
  await utimes(file, 1, 1);
  assert.equal(await digest(inputs, 'compiler 1'), first);
  assert.notEqual(await digest(inputs, 'compiler 2'), first);
  await writeFile(file, 'two');
  const second = await digest(inputs, 'compiler 1');
  assert.notEqual(second, first);
  await writeFile(join(folder, 'in', 'b'), '');
  assert.notEqual(await digest(inputs, 'compiler 1'), second);
});

test('the digest ignores outputs', async () => {
  const first = await digest(inputs);
  await mkdir(join(folder, 'in', 'dist'));
  await writeFile(join(folder, 'in', 'dist', 'made'), 'one');
  assert.equal(await digest(inputs), first);
});

test('a step runs once, and again if the value changes or a product is missing', async () => {
  const stamp = join(folder, 'stamp');
  const product = join(folder, 'product');
  const make = () => writeFile(product, 'made');
  assert.equal(await unlessStamped(stamp, 'a', [product], make), true);
  assert.equal(await unlessStamped(stamp, 'a', [product], make), false);
  assert.equal(await unlessStamped(stamp, 'b', [product], make), true);
  await rm(product);
  assert.equal(await unlessStamped(stamp, 'b', [product], make), true);
});

test('an interrupted step runs again, although its product exists', async () => {
  const stamp = join(folder, 'stamp');
  const product = join(folder, 'product');
  await unlessStamped(stamp, 'a', [product], () => writeFile(product, 'whole'));
  const broken = unlessStamped(stamp, 'b', [product], () => Promise.reject(new Error('interrupted')));
  await assert.rejects(broken, /interrupted/);
  assert.equal(await unlessStamped(stamp, 'a', [product], async () => {}), true);
});
