/** A software Vulkan driver that Dawn accepts, with 16-bit floats in shaders: lavapipe of Mesa 25. */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vulkanManifests } from './browser.mjs';
import { CommandError, causeOf, run, UnavailableError } from './command.mjs';
import { cache } from './paths.mjs';
import { step } from './progress.mjs';

const title = "Mesa 25's lavapipe";
const instead =
  "Set VK_DRIVER_FILES to the manifest of a driver with shaderFloat16, such as Mesa 25's lavapipe.";
/** Debian's package with all of Mesa's Vulkan drivers. */
const debianPackage = 'mesa-vulkan-drivers';
const LIBRARY = 'libvulkan_lvp.so';
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * Finds lavapipe among the installed drivers, or else gets it from Debian's backports into the cache. There it changes nothing
 * for other programs. Debian 12 itself has Mesa 22, which Dawn rejects. The libraries are those of the installed drivers.
 *
 * @param manifests the folders of the installed drivers' manifests.
 * @returns {Promise<Record<string, string>>} environment variables for programs that shall use it.
 * @throws {UnavailableError}
 */
export async function prepareLavapipe(manifests = vulkanManifests) {
  if (process.platform !== 'linux') throw new UnavailableError(`${title} runs only on Linux.`);
  const folder = join(cache, 'lavapipe');
  let manifest = await findInstalled(manifests);
  await step(title, async (report) => {
    manifest ??= await fromBackports(folder, report);
    return manifest;
  });
  return {
    VK_DRIVER_FILES: manifest,
    // LLVM's optimizations take longer than a few frames without them. What it compiled is kept.
    GALLIVM_PERF: 'nopt',
    MESA_SHADER_CACHE_DIR: join(folder, 'shaders'),
  };
}

/** The manifest of an installed lavapipe with Vulkan 1.4, which Mesa 25 has. */
async function findInstalled(folders) {
  for (const folder of folders.filter((path) => existsSync(path))) {
    for (const name of (await readdir(folder)).filter((each) => /^lvp_icd(\.x86_64)?\.json$/.test(each))) {
      const { ICD } = JSON.parse(await readFile(join(folder, name), 'utf8'));
      const [major, minor] = ICD.api_version.split('.').map(Number);
      if (major > 1 || minor >= 4) return join(folder, name);
    }
  }
  return undefined;
}

/** Downloads the package as the current user, with package lists of its own. Resolves with the manifest in `folder`. */
async function fromBackports(folder, report) {
  const manifest = join(folder, 'lvp_icd.json');
  if (existsSync(manifest)) {
    await checkLibraries(join(folder, LIBRARY));
    return manifest;
  }
  const temporary = await mkdtemp(join(tmpdir(), 'cyclorama-lavapipe-'));
  try {
    const release = await debianRelease();
    const suite = `${release}-backports`;
    const sources = join(temporary, 'sources.list');
    await writeFile(sources, `deb [signed-by=${keyring}] ${await debianServer(release)} ${suite} main\n`);
    for (const name of ['lists/partial', 'cache/archives/partial']) {
      await mkdir(join(temporary, name), { recursive: true });
    }
    const own = {
      'Dir::Etc::SourceList': sources,
      'Dir::Etc::SourceParts': '/dev/null',
      'Dir::State::Lists': join(temporary, 'lists'),
      'Dir::Cache': join(temporary, 'cache'),
      // Without an internet connection it shall not wait for long.
      'Acquire::Retries': '0',
      'Acquire::http::Timeout': '20',
      'Acquire::https::Timeout': '20',
      // For root, apt-get would switch to a user that cannot read the folder.
      'APT::Sandbox::User': 'root',
    };
    const options = Object.entries(own).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
    const aptGet = (...args) => run('apt-get', [...options, ...args], { cwd: temporary, onLine: report });
    await aptGet('update');
    await aptGet('download', `${debianPackage}/${suite}`);
    const [archive] = (await readdir(temporary)).filter((name) => name.endsWith('.deb'));
    const unpacked = join(temporary, 'package');
    await run('dpkg-deb', ['--extract', join(temporary, archive), unpacked]);
    return await keep(unpacked, folder, manifest);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new UnavailableError(`${title} is missing, and Debian's backports gave none: ${causeOf(error)}`);
  } finally {
    await rm(temporary, { recursive: true });
  }
}

/** Keeps lavapipe of an unpacked package, and writes its manifest last. */
async function keep(unpacked, folder, manifest) {
  const files = await readdir(unpacked, { recursive: true });
  const find = (pattern) => {
    const path = files.find((each) => pattern.test(each));
    if (!path) throw new UnavailableError(`${title} is not in Debian's package. ${instead}`);
    return join(unpacked, path);
  };
  const library = join(folder, LIBRARY);
  await mkdir(folder, { recursive: true });
  await copyFile(find(/\/libvulkan_lvp\.so$/), library);
  await checkLibraries(library);
  const { ICD, ...rest } = JSON.parse(await readFile(find(/\/lvp_icd[^/]*\.json$/), 'utf8'));
  await writeFile(manifest, JSON.stringify({ ...rest, ICD: { ...ICD, library_path: library } }));
  return manifest;
}

/** The other libraries come with the installed drivers. */
async function checkLibraries(library) {
  const missing = [...(await run('ldd', [library])).matchAll(/(\S+) => not found/g)].map(([, name]) => name);
  if (missing.length > 0) throw new UnavailableError(`${title} needs ${missing.join(', ')}. ${instead}`);
}

/** The code name of this Debian. */
async function debianRelease() {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const value = (name) => text.match(new RegExp(`^${name}="?(.*?)"?$`, 'm'))?.[1];
  if (value('ID') !== 'debian') throw new UnavailableError(`${title} is missing. ${instead}`);
  return value('VERSION_CODENAME');
}

/** The URL of the server from which this machine gets its packages. */
async function debianServer(release) {
  const printed = await run('apt-get', ['update', '--print-uris']);
  const server = printed.match(new RegExp(`'(\\S+)/dists/${release}/InRelease'`))?.[1];
  if (!server)
    throw new UnavailableError(`${title} is missing: apt-get knows no server of Debian. ${instead}`);
  return server;
}
