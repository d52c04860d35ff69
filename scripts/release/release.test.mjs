/** The parts of `npm run release:check` that need no build and no browser. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { SetupError, which } from '../setup/command.mjs';
import { openHost } from './host.mjs';
import { describeFiles, sums } from './sums.mjs';
import { changelogProblem, checkVersions } from './versions.mjs';

let folder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cyclorama-release-'));
});
after(() => rm(folder, { recursive: true, force: true }));

/** Writes files by path and resolves with their folder. */
async function tree(name, files) {
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, name, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  return join(folder, name);
}

describe('the minimal host', () => {
  let host;
  before(async () => {
    const site = await tree('site', {
      'index.html': '<p>start</p>',
      'assets/code.js': 'export {};',
      'assets/module.wasm': '\0asm',
      'docs/demo.txt': 'text',
    });
    host = await openHost(site, '/a/b/');
  });
  after(() => host.close());

  test('serves files below its prefix, and sends a type only if every host knows it', async () => {
    for (const [path, type, text] of [
      ['index.html', 'text/html', '<p>start</p>'],
      ['index.html?query', 'text/html', '<p>start</p>'],
      ['assets/code.js', 'text/javascript', 'export {};'],
      ['assets/module.wasm', null, '\0asm'],
      ['docs/demo.txt', null, 'text'],
    ]) {
      const response = await fetch(`${host.url}${path}`);
      assert.equal(response.status, 200, path);
      assert.equal(response.headers.get('content-type'), type, path);
      assert.equal(await response.text(), text, path);
    }
  });

  test('sends no other relevant header', async () => {
    const { headers } = await fetch(`${host.url}index.html`);
    const allowed = ['connection', 'content-type', 'keep-alive', 'transfer-encoding'];
    assert.deepEqual(
      [...headers.keys()].filter((name) => !allowed.includes(name)),
      [],
    );
  });

  test('answers all other requests with 404, and records them', async () => {
    const { origin, url, requests } = host;
    const elsewhere = [`${origin}/`, `${origin}/index.html`, url, `${url}assets`, `${url}gone.js`];
    for (const path of [...elsewhere, `${url}%2e%2e/site/index.html`]) {
      assert.equal((await fetch(path)).status, 404, path);
    }
    assert.equal((await fetch(`${url}index.html`, { method: 'POST' })).status, 404);
    assert.ok(requests.some(({ path, status }) => path === '/index.html' && status === 404));
    assert.ok(requests.some(({ path, status }) => path === '/a/b/index.html' && status === 200));
  });
});

describe('the checksums', () => {
  const files = { 'b.txt': 'b', 'a/c.txt': '', 'a.txt': 'abc' };

  test('name every file in order, with its bytes and SHA-256', async () => {
    const found = await describeFiles(await tree('sums', files));
    assert.deepEqual(
      found.map(({ path, bytes }) => [path, bytes]),
      [
        ['a.txt', 3],
        ['a/c.txt', 0],
        ['b.txt', 1],
      ],
    );
    const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    assert.equal(sums(found).split('\n')[0], `${abc}  a.txt`);
  });

  test('pass sha256sum, which detects a changed file', {
    skip: which('sha256sum') ? false : 'no sha256sum',
  }, async () => {
    const cwd = await tree('checked', files);
    const text = sums(await describeFiles(cwd));
    await writeFile(join(cwd, 'SHA256SUMS'), text);
    const check = () => spawnSync('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd }).status;
    assert.equal(check(), 0);
    await writeFile(join(cwd, 'b.txt'), 'c');
    assert.equal(check(), 1);
  });
});

describe('the version', () => {
  const json = JSON.stringify;
  const cargo = (own, dependency) => `[workspace]
members = ["rust/*"]

[workspace.package]
edition = "2024"
version = "${own}"

[workspace.dependencies]
cyclorama-engine = { path = "rust/engine", version = "${dependency}", default-features = false }
burn = { version = "=0.22.1" }
`;
  const agreeing = {
    'Cargo.toml': cargo('1.2.3', '1.2.3'),
    'ts/package.json': json({ version: '1.2.3' }),
    'demo-chime/package.json': json({ version: '1.2.3', dependencies: { cyclorama: '1.2.3' } }),
    'package-lock.json': json({
      packages: {
        ts: { version: '1.2.3' },
        'demo-chime': { version: '1.2.3', dependencies: { cyclorama: '1.2.3' } },
      },
    }),
    'README.md': 'npm install ../cyclorama/cyclorama-1.2.3.tgz',
  };

  test('is read if all files agree', async () => {
    assert.equal(await checkVersions(await tree('agreeing', agreeing)), '1.2.3');
  });

  for (const [where, files] of Object.entries({
    'Cargo.toml': { 'Cargo.toml': cargo('1.2.2', '1.2.3') },
    'Cargo.toml, dependency cyclorama-engine': { 'Cargo.toml': cargo('1.2.3', '1.2.2') },
    'demo-chime/package.json': {
      'demo-chime/package.json': json({ version: '1.2.2', dependencies: { cyclorama: '1.2.3' } }),
    },
    'demo-chime/package.json, dependency cyclorama': {
      'demo-chime/package.json': json({ version: '1.2.3', dependencies: { cyclorama: '1.2.2' } }),
    },
    'package-lock.json, ts': {
      'package-lock.json': agreeing['package-lock.json'].replace('1.2.3', '1.2.2'),
    },
    'README.md, cyclorama-1.2.2.tgz': { 'README.md': 'npm install cyclorama-1.2.2.tgz' },
  })) {
    test(`is refused if ${where} has a different one`, async () => {
      const root = await tree(`differing-${where.replaceAll(/\W+/g, '-')}`, { ...agreeing, ...files });
      await assert.rejects(checkVersions(root), (error) => {
        assert.ok(error instanceof SetupError);
        const named = error.message.split('\n').filter((line) => line.startsWith('  '));
        assert.deepEqual(named, [`  ${where}: 1.2.2`]);
        return true;
      });
    });
  }

  test('has a section in the changelog, or else a warning', () => {
    assert.equal(changelogProblem('# Changelog\n\n## [1.2.3] - 2026-01-01\n', '1.2.3'), undefined);
    assert.match(changelogProblem('## [Unreleased]\n\n## [1.2.2]\n', '1.2.3'), /\[Unreleased\]: date/);
    assert.match(changelogProblem('## [1.2.2]\n', '1.2.3'), /neither for 1\.2\.3 nor/);
  });
});
