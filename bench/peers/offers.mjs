/** Lists the installed other engines and the models that each of them can run. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findVariants, versionOf } from '../engines/registry.mjs';
import { findBuiltinModels, findModels, shortNames } from '../models.mjs';
import { bench, converted } from '../paths.mjs';

/**
 * @typedef {object} Offer
 * @property {string} id
 * @property {string} engine
 * @property {string} version
 * @property {string} file the module in bench/engines that runs it.
 * @property {boolean} reads whether it reads `.tflite` files that have only built-in operators.
 * @property {boolean} evaluates whether its frame's policy needs `unsafe-eval`.
 * @property {string[]} own names of the models with MediaPipe's custom operator, whose files it reads only after
 *   conversion.
 * @property {{ backend: 'webgpu' | 'webgl' | 'cpu', threads: number, precision: 'f16' | 'f32', tolerance: number }[]}
 *   variants
 * @property {import('./frame.js').ServedModel[]} models
 */

/**
 * @returns {Promise<Offer[]>}
 */
export async function findOffers() {
  const models = await findModels(Object.keys(shortNames));
  const builtin = await findBuiltinModels();
  const variants = findVariants([]).filter(({ package: name }) => name && existsSync(folderOf(name)));
  const files = [...new Set(variants.map(({ file }) => file))];
  return Promise.all(
    files.map(async (file) => {
      const own = variants.filter((variant) => variant.file === file);
      const [{ engine, converted: needsConversion, reads, evaluates }] = own;
      return {
        id: file.replace('.js', ''),
        engine,
        version: await versionOf(own[0]),
        file,
        reads,
        evaluates,
        variants: own.map(({ backend, threads, precision, tolerance }) => ({
          backend,
          threads,
          precision,
          tolerance,
        })),
        own: models.map(({ name }) => name),
        models: [
          ...models.filter((model) => !needsConversion || isConverted(model)).map(served),
          ...(reads ? builtin.map(servedBuiltin) : []),
        ],
      };
    }),
  );
}

const folderOf = (name) => join(bench, 'node_modules', name);
const isConverted = ({ name }) => existsSync(join(converted, `${name}.stamp`));

function served({ name, width, height, ...rest }) {
  const paths = Object.fromEntries(
    Object.entries(rest).filter(([key]) => key === 'path' || key.endsWith('Path')),
  );
  return { name, width, height, paths, builtin: false };
}

/** A model with only built-in operators, which needs no rewriting. */
function servedBuiltin({ name, width, height, path }) {
  return { name, width, height, paths: { path, rewrittenPath: path }, builtin: true };
}
