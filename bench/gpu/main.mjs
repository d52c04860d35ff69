/** Measures with the kit on this machine, or packs it for another one. The package is built before. */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepareBrowser, withoutWrapper } from '../../scripts/setup/browser.mjs';
import { SetupError, UnavailableError } from '../../scripts/setup/command.mjs';
import { optimizedProgram, root } from '../../scripts/setup/paths.mjs';
import { step } from '../../scripts/setup/progress.mjs';
import { prepareConverted } from '../convert/convert.mjs';
import { findVariants, versionOf } from '../engines/registry.mjs';
import { commit } from '../machine.mjs';
import { findModels } from '../models.mjs';
import { mounts } from '../mounts.mjs';
import { preparePeers } from '../packages.mjs';
import { bench } from '../paths.mjs';
import { measure } from './kit/measure.mjs';
import { LEGEND, renderReport } from './kit/tables.mjs';
import { describePacked, pack } from './pack.mjs';

/**
 * @param {import('./arguments.mjs').Settings} settings
 * @param {Awaited<ReturnType<typeof import('../report/output.mjs').openOutput>>} output
 */
export async function runGpu(settings, output) {
  const kit = await prepareKit(settings);
  if (!settings.local) {
    const native = settings.native ? optimizedProgram : undefined;
    if (native && !existsSync(native)) {
      throw new SetupError(`${native} is not built: leave out --no-build, or add --no-native.`);
    }
    return console.log(describePacked(await pack(settings.pack, kit, native)));
  }
  const result = await measureHere(kit, settings.gpu);
  await output({ result, text: `${renderReport(result)}\n\n${LEGEND}` });
  if (result.rows.every(({ error }) => error !== undefined)) throw new Error('Nothing could be measured.');
}

/**
 * Installs the engines and Dawn, and converts the models.
 *
 * @param {Pick<import('./arguments.mjs').Settings, 'local' | 'gpu' | 'engines' | 'models' | 'sizes' | 'effort'>} settings
 * @returns {Promise<import('./kit/measure.mjs').Settings>}
 */
export async function prepareKit({ local, gpu, engines, models: names, sizes, effort }) {
  const variants = findVariants(engines.map((name) => `${name}/webgpu`));
  const models = await findModels(names);
  await preparePeers();
  if (variants.some(({ converted }) => converted)) await prepareConverted(models);
  const version = async (folder) => JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')).version;
  return {
    ...effort,
    hardware: !local || gpu === 'hardware',
    disguise: {},
    engines: await Promise.all(
      variants.map(async (variant) => ({
        file: variant.file.replace('.js', ''),
        engine: variant.engine,
        version: await versionOf(variant),
      })),
    ),
    tolerance: Math.min(...variants.map(({ tolerance }) => tolerance)),
    models,
    sizes,
    cyclorama: await version(join(root, 'ts')),
    commit: await commit(),
    dawn: await version(join(bench, 'node_modules', 'webgpu')),
  };
}

/**
 * @param {import('./kit/measure.mjs').Settings} kit
 * @param {import('./arguments.mjs').Settings['gpu']} gpu
 */
export async function measureHere(kit, gpu) {
  if (gpu === 'emulated') process.env.VK_DRIVER_FILES ??= await findSwiftShader();
  // Drivers complain without it.
  process.env.XDG_RUNTIME_DIR ??= tmpdir();
  const folder = await mkdtemp(join(tmpdir(), 'cyclorama-gpu-'));
  try {
    for (const [name, target] of Object.entries(mounts)) {
      if (existsSync(target)) await symlink(target, join(folder, name), 'junction');
    }
    let report;
    await step('Dawn', async (onLine) => {
      report = await measure(kit, { base: `${pathToFileURL(folder)}/`, onLine });
      return report.adapter?.name;
    });
    return report;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The manifest of the Vulkan driver that comes with Chromium. */
async function findSwiftShader() {
  const browser = withoutWrapper(await prepareBrowser());
  const manifest = join(dirname(browser), 'vk_swiftshader_icd.json');
  if (!existsSync(manifest)) {
    throw new UnavailableError(`${manifest} is missing: set VK_DRIVER_FILES to another Vulkan driver.`);
  }
  return manifest;
}
