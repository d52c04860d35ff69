/** Times every dispatch of one inference on WebGPU, each alone. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { visit } from '../browser.mjs';
import { bench } from '../paths.mjs';
import { median, sum } from '../statistics.mjs';
import { constantsOf, lengthsOf, multiplyAdds, shapeOf } from './kernels.mjs';

/**
 * @typedef {object} OperatorRow
 * @property {number} index position in the inference.
 * @property {string} operator
 * @property {string} shape
 * @property {number[]} workgroups
 * @property {number} ms median of one execution.
 * @property {number} fraction of all dispatches together.
 * @property {number | undefined} gflops two operations for each multiply-add. Undefined for operators without weights.
 * @property {number} gbs gigabytes per second, if each bound buffer is moved once.
 * @property {string} shader name of the shader's file among the dumped ones.
 *
 * @typedef {object} Operators
 * @property {string} model
 * @property {number} sumMs of all rows.
 * @property {number} wholeMs of all dispatches in order in one pass.
 * @property {OperatorRow[]} rows
 */

/**
 * Records one inference and times its dispatches.
 *
 * @param {import('../models.mjs').Model} model
 * @param {{ rounds: number, shaders?: string }} options `shaders` is a folder for the WGSL of every distinct shader.
 * @returns {Promise<Operators>}
 */
export async function measureOperators(browser, server, model, { rounds, shaders }) {
  const recorder = join(bench, 'operators', 'recorder.js');
  const { evaluate, base, close } = await visit(browser, server, 'operators', [recorder]);
  try {
    const { wholeMs, dispatches } = await evaluate(measure, { base, model, rounds });
    const names = new Map();
    const rows = dispatches.map(({ operator, code, workgroups, ms }, index) => {
      if (!names.has(code)) names.set(code, `${String(names.size).padStart(2, '0')}-${operator}.wgsl`);
      const constants = constantsOf(code);
      const lengths = lengthsOf(code);
      const time = median(ms);
      const work = multiplyAdds(operator, lengths, model);
      return {
        index,
        operator,
        shape: shapeOf(constants),
        workgroups,
        ms: time,
        gflops: work && (2 * work) / time / 1e6,
        gbs: (4 * sum(Object.values(lengths))) / time / 1e6,
        shader: names.get(code),
      };
    });
    if (shaders) await writeShaders(shaders, names);
    const sumMs = sum(rows.map(({ ms }) => ms));
    return {
      model: model.name,
      sumMs,
      wholeMs: median(wholeMs),
      rows: rows.map((row) => ({ ...row, fraction: row.ms / sumMs })),
    };
  } finally {
    await close();
  }
}

/** Runs in the page. */
async function measure({ base, model, rounds }) {
  const { load } = await import(`${base}bench/engines/cyclorama.js`);
  const { fetchNpy } = await import(`${base}bench/page/npy.js`);
  const { timeDispatches } = await import(`${base}bench/operators/replay.js`);
  const session = await load({ base, backend: 'webgpu', model: { ...model, url: base + model.path } });
  const input = await fetchNpy(`${base}golden/${model.name}__astronaut__in.npy`);
  for (let i = 0; i < 2; i++) await session.infer(input);
  return timeDispatches(() => session.infer(input), rounds);
}

async function writeShaders(folder, names) {
  await mkdir(folder, { recursive: true });
  for (const [code, name] of names) await writeFile(join(folder, name), code);
}
