/** The packed npm package, as apps install it. */
import assert from 'node:assert/strict';
import { access, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { pack } from './release/pack.mjs';
import { run } from './setup/command.mjs';
import { root } from './setup/paths.mjs';

const source = join(root, 'ts');
const manifest = JSON.parse(await readFile(join(source, 'package.json'), 'utf8'));
/** The entry files by subpath. */
const entries = Object.entries(manifest.exports).filter(([, target]) => target.default !== undefined);
const peers = Object.keys(manifest.peerDependencies);

let folder;
let tarball;
/** Where the tarball is unpacked. */
let installed;
let files;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cyclorama-package-'));
  tarball = await pack(folder);
  await run('tar', ['-xzf', tarball, '-C', folder]);
  installed = join(folder, 'package');
  files = await readdir(installed, { recursive: true });
});

after(() => rm(folder, { recursive: true, force: true }));

test('publint reports no problem', async () => {
  const { messages, pkg } = await publint({ pkgDir: installed, pack: false, strict: true });
  assert.deepEqual(
    messages.map((message) => formatMessage(message, pkg, { color: false })),
    [],
  );
});

test('attw finds types for every subpath', async () => {
  const attw = join(root, 'node_modules', '@arethetypeswrong', 'cli', 'dist', 'index.js');
  await run(process.execPath, [attw, tarball, '--profile', 'esm-only', '--no-color']);
});

describe('the tarball', () => {
  test('has the wasm modules, the two redistributable models, the licenses and the README', () => {
    const wanted = [
      'LICENSE-APACHE',
      'LICENSE-MIT',
      'README.md',
      'THIRD_PARTY.md',
      'models/LICENSES.md',
      'models/selfie_segmentation.tflite',
      'models/selfie_segmentation_landscape.tflite',
      'wasm/cyclorama_cpu_bg.wasm',
      'wasm/cyclorama_cpu_relaxed_bg.wasm',
      'wasm/cyclorama_web_bg.wasm',
      'wasm/cyclorama_webgl_bg.wasm',
      ...Object.values(manifest.exports).flatMap((target) =>
        typeof target === 'string' ? [] : Object.values(target).map((path) => path.replace('./', '')),
      ),
    ];
    assert.deepEqual(
      wanted.filter((path) => !files.includes(path)),
      [],
    );
    assert.equal(files.filter((path) => path.endsWith('.tflite')).length, 2, 'and no other model');
    assert.deepEqual(
      files.filter(
        (path) => basename(path).startsWith('.') || /\.(ts\.map|tsx?)$/.test(path.replace('.d.ts', '')),
      ),
      [],
      'no stray files',
    );
  });

  test('lets debuggers step into the TypeScript', async () => {
    const scripts = files.filter((path) => /^dist\/.*\.js$/.test(path) && path !== 'dist/comlink.js');
    assert.ok(scripts.length > 20);
    for (const script of scripts) {
      const text = await readFile(join(installed, script), 'utf8');
      const name = text.match(/^\/\/# sourceMappingURL=(.+)$/m)?.[1];
      assert.equal(name, `${basename(script)}.map`, script);
      const { sources, sourcesContent } = JSON.parse(
        await readFile(join(installed, dirname(script), name), 'utf8'),
      );
      assert.equal(sourcesContent?.length, sources.length, script);
      assert.match(sourcesContent[0], /\/\*\*/, `${script} has its comments there`);
      assert.doesNotMatch(text, /^\s*\/\*\*/m, 'and not in what is loaded');
    }
  });

  test('depends only on the peers, and on these only in their subpaths', async () => {
    assert.equal(manifest.dependencies, undefined);
    const optional = Object.entries(manifest.peerDependenciesMeta).filter(([, meta]) => meta.optional);
    assert.deepEqual(optional.map(([name]) => name).sort(), [...peers].sort());
    for (const [subpath, { default: entry }] of entries) {
      for (const name of await packagesOf(join(installed, entry))) {
        assert.ok(peers.includes(name) && subpath !== '.', `${subpath} imports ${name}`);
      }
    }
    assert.deepEqual(
      await packagesOf(join(installed, 'dist/worker/worker.js')),
      [],
      'import maps do not reach workers',
    );
  });

  test('lists the scripts with side effects', async () => {
    const workers = [];
    for (const script of files.filter((path) => /^dist\/.*\.js$/.test(path))) {
      const text = await readFile(join(installed, script), 'utf8');
      for (const [, name] of text.matchAll(/new Worker\(new URL\('(.*?)', import\.meta\.url\)/g)) {
        workers.push(`./${join(dirname(script), name)}`);
      }
    }
    assert.deepEqual([...new Set(workers)].sort(), [...manifest.sideEffects].sort());
    for (const worker of workers) await access(join(installed, worker));
  });
});

describe('a server', () => {
  for (const [subpath, { default: entry }] of entries) {
    test(`imports ${subpath} without a browser, and reads no global of browsers`, async () => {
      // From the checkout, where the peers are installed.
      const output = await run(process.execPath, [
        '--input-type=module',
        '--eval',
        importer,
        join(source, entry),
      ]);
      const { exports, touched, added } = JSON.parse(output);
      assert.ok(exports > 0, 'it has exports');
      assert.deepEqual(touched, []);
      assert.deepEqual(added, []);
    });
  }
});

/** Imports a module, and prints the browser globals that our code read and the globals that it added. */
const importer = `
import { pathToFileURL } from 'node:url';
const names = ['window', 'self', 'document', 'navigator', 'location', 'Worker', 'OffscreenCanvas', 'VideoFrame', 'MediaStream',
  'MediaStreamTrack', 'MediaStreamTrackProcessor', 'MediaStreamTrackGenerator', 'HTMLCanvasElement', 'HTMLVideoElement',
  'ImageBitmap', 'indexedDB', 'localStorage'];
const touched = [];
const path = process.argv[1];
const ours = path.slice(0, path.lastIndexOf('/') + 1);
for (const name of names) {
  Object.defineProperty(globalThis, name, {
    configurable: true,
    get() {
      if (new Error().stack.includes(ours)) touched.push(name);
      return undefined;
    },
  });
}
const before = new Set(Reflect.ownKeys(globalThis));
const module = await import(pathToFileURL(path));
const added = Reflect.ownKeys(globalThis).filter((key) => !before.has(key)).map(String);
console.log(JSON.stringify({ exports: Object.keys(module).length, touched, added }));
`;

/** The packages that a script imports, directly or through other scripts. */
async function packagesOf(entry, seen = new Set()) {
  const found = new Set();
  const visit = async (file) => {
    if (seen.has(file)) return;
    seen.add(file);
    const text = await readFile(file, 'utf8');
    for (const [, specifier] of text.matchAll(
      /(?:^(?:import|export)\b[^;]*?from\s*|^import\s*|\bimport\()'([^']+)'/gm,
    )) {
      if (specifier.startsWith('.')) await visit(join(file, '..', specifier));
      else found.add(specifier.match(/^(@[^/]+\/)?[^/]+/)[0]);
    }
  };
  await visit(entry);
  return [...found].sort();
}
