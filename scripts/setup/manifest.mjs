/** Validates the list of models. It is treated as untrusted, because it determines which files are read and written. */
import { SetupError } from './command.mjs';

/** Maximum number of models in a manifest, and maximum bytes of a model. */
const MAX_MODELS = 100;
const MAX_BYTES = 64 * 2 ** 20;

/** Whether a path stays below its folder on every system. */
const isBelow = (path) =>
  typeof path === 'string' &&
  /^[\w@.-]+(\/[\w@.-]+)*$/.test(path) &&
  !path.split('/').some((part) => /^\.+$/.test(part));

/** The check of each property of a model, and its description for messages. */
const properties = {
  name: [(name) => /^[\w.-]{1,80}$/.test(name) && typeof name === 'string', 'a word'],
  file: [
    (file) => isBelow(file) && !file.includes('/') && file.endsWith('.tflite'),
    'the name of a .tflite file',
  ],
  sha256: [(sum) => typeof sum === 'string' && /^[0-9a-f]{64}$/.test(sum), '64 hexadecimal digits'],
  bytes: [
    (bytes) => Number.isInteger(bytes) && bytes > 0 && bytes <= MAX_BYTES,
    `a whole number from 1 to ${MAX_BYTES}`,
  ],
  source: [
    isSource,
    '{ repository } or { package, version, path, encoding }, with paths below their folders',
  ],
};

function isSource(source) {
  if (typeof source !== 'object' || source === null) return false;
  if ('repository' in source) return isBelow(source.repository) && source.repository.startsWith('models/');
  return (
    isBelow(source.package) &&
    isBelow(source.path) &&
    typeof source.version === 'string' &&
    ['file', 'data-uri'].includes(source.encoding)
  );
}

/**
 * The models of a manifest.
 *
 * @param {string} text the file's content
 * @param {string} path of the file, for messages
 * @throws {SetupError} that names the model, its property and the expected value
 */
export function readManifest(text, path) {
  const wrong = (what) =>
    new SetupError(`${path}: ${what}. Check it out again: git checkout -- models/manifest.json`);
  let manifest;
  try {
    manifest = JSON.parse(text);
  } catch {
    throw wrong('is not JSON');
  }
  const models = manifest?.models;
  if (!Array.isArray(models) || models.length === 0 || models.length > MAX_MODELS) {
    throw wrong(`models must be a list of 1 to ${MAX_MODELS}`);
  }
  for (const [index, model] of models.entries()) {
    for (const [property, [check, expected]] of Object.entries(properties)) {
      if (!check(model?.[property])) throw wrong(`models[${index}].${property} must be ${expected}`);
    }
  }
  for (const property of ['name', 'file']) {
    if (new Set(models.map((model) => model[property])).size < models.length) {
      throw wrong(`two models have the same ${property}`);
    }
  }
  return models;
}
