/** Unavailable tools: parts that need one are skipped with the reason, and the rest runs. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { which } from '../setup/command.mjs';
import { root } from '../setup/paths.mjs';

/** Programs that stay available. */
const kept = ['node', 'npm', 'git', 'rustc', 'rustup', 'sh', 'bash', 'env', 'cc', 'gcc', 'ld'];
const refusal = 'failed to select a version for the requirement `webpki-roots = "^1.0.11"`';
const refusing = {
  cargo: `if [ "$1" = install ]; then echo "    Updating index"; echo "error: ${refusal.replaceAll('`', '\\`').replaceAll('"', '\\"')}" >&2; exit 101; fi; exec "${which('cargo')}" "$@"`,
  'apt-get': 'echo "E: Unable to locate package" >&2; exit 100',
  sudo: 'exit 1',
};

let folder;
let env;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cyclorama-tools-'));
  const bin = join(folder, 'bin');
  await mkdir(bin);
  for (const name of kept) {
    const path = which(name);
    if (path) await symlink(path, join(bin, name));
  }
  for (const [name, script] of Object.entries(refusing)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(bin, name), 0o755);
  }
  env = { ...process.env, PATH: bin, CYCLORAMA_CACHE: join(folder, 'cache'), CI: 'true' };
  for (const name of [
    'CHROMIUM_PATH',
    'FIREFOX_PATH',
    'WEBKIT_PATH',
    'WEBKIT_DRIVER_PATH',
    'DISPLAY',
    'VK_DRIVER_FILES',
    'VK_ICD_FILENAMES',
  ])
    delete env[name];
});

after(() => rm(folder, { recursive: true, force: true }));

/** Runs Node.js, and resolves with its status and output. */
function node(args) {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: root, env, encoding: 'utf8' }, (error, stdout, stderr) =>
      resolve({ status: error ? error.code : 0, output: stdout + stderr }),
    );
  });
}

/** Calls a function of scripts/setup, and prints its error. */
const refused = (module, call) =>
  node([
    '--input-type=module',
    '--eval',
    `import * as it from ${JSON.stringify(join(root, 'scripts', 'setup', module))};
    import { UnavailableError } from ${JSON.stringify(join(root, 'scripts', 'setup', 'command.mjs'))};
    await it.${call}.catch((error) => console.log(error instanceof UnavailableError, error.message));`,
  ]);

const unix = { skip: process.platform !== 'linux' && 'system packages are installed only on Linux' };

describe('without cargo install', unix, () => {
  for (const [tool, module, call] of [
    ['cargo-deny', 'rust.mjs', 'prepareCargoDeny()'],
    ['cargo-fuzz', 'fuzz.mjs', 'prepareCargoFuzz()'],
    ['cargo-about', 'rust.mjs', "prepareCargoTool('cargo-about', '0.9.3')"],
  ]) {
    test(`${tool} is unavailable, with cargo's reason`, async () => {
      const { output } = await refused(module, call);
      assert.match(output, new RegExp(`^true ${tool} [\\d.]+ cannot be installed: `, 'm'));
      assert.ok(output.includes(refusal), output);
    });
  }

  test('parts that need the tool are skipped and counted, and the others run', async () => {
    const { status, output } = await node(['scripts/test.mjs', '--only', 'supply']);
    assert.equal(status, 0, output);
    for (const part of ['supply: crates: licenses and sources', 'supply: crates: advisories']) {
      assert.match(output, new RegExp(`– ${part} skipped: cargo-deny [\\d.]+ cannot be installed: failed`));
    }
    assert.match(output, /✓ supply: licenses of all that ships/);
    // npm's advisories may be unavailable, too.
    assert.match(output, /^[12] passed, 0 failed, [23] skipped$/m);
  });
});

describe('without system packages', unix, () => {
  for (const [tool, call] of [
    ['Chrome or Chromium', 'prepareBrowser()'],
    ['A display for Firefox', 'prepareFirefox()'],
    ['WebKitGTK', 'prepareWebKit({ libraries: [] })'],
    ['A Vulkan driver', "prepareVulkan(['/no/such/folder'])"],
  ]) {
    test(`${tool} is unavailable, and the message says what to install`, async () => {
      const { output } = await refused('browser.mjs', call);
      assert.match(output, new RegExp(`^true ${tool} is missing.*apt-get install`, 'm'));
    });
  }

  test('lavapipe with 16-bit floats is unavailable if the installed one is old, with the reason', async () => {
    const manifests = join(folder, 'icd.d');
    await mkdir(manifests);
    const old = { file_format_version: '1.0.0', ICD: { api_version: '1.1.230', library_path: '/no.so' } };
    await writeFile(join(manifests, 'lvp_icd.x86_64.json'), JSON.stringify(old));
    const { output } = await refused('lavapipe.mjs', `prepareLavapipe([${JSON.stringify(manifests)}])`);
    assert.match(output, /^true Mesa 25's lavapipe is missing.*(Unable to locate package|VK_DRIVER_FILES)/m);
  });
});
