/** Times whole frames with each effect on a backend, stage by stage, and an inference of the largest model for comparison. */
import { visit } from '../browser.mjs';
import { table } from '../markdown.mjs';
import { median, summary } from '../statistics.mjs';

const STAGES = ['import', 'preprocess', 'inference', 'refine', 'composite', 'output'];

/**
 * @typedef {object} FrameRow
 * @property {string} name the effect, and the mask's refinement if it is not the default.
 * @property {Record<string, number>} stagesMs medians of the stages, each until its work completes.
 * @property {number} medianMs of the whole frame.
 * @property {number} p95Ms
 * @property {number} minMs
 * @property {number} n frames.
 * @property {number} ofYardstick the median as a multiple of one inference of the largest model.
 *
 * @typedef {object} Effects
 * @property {'webgpu' | 'cpu'} backend
 * @property {string} model
 * @property {string} yardstick the largest model.
 * @property {number} yardstickMs the median of its inference alone.
 * @property {FrameRow[]} rows
 */

/**
 * @param {import('../models.mjs').Model} model computes the masks of the frames.
 * @param {import('../models.mjs').Model} yardstick
 * @returns {Promise<Effects>}
 */
export async function measureEffects(browser, server, { backend, model, yardstick, rounds }) {
  const { evaluate, base, close } = await visit(browser, server, 'effects');
  try {
    const { aloneMs, cases } = await evaluate(
      async (options) => (await import(`${options.base}bench/effects/page.js`)).measure(options),
      { base, backend, rounds, model, yardstick },
    );
    const yardstickMs = median(aloneMs);
    const rows = cases.map(({ name, frames }) => {
      const stagesMs = Object.fromEntries(
        STAGES.map((stage) => [stage, median(frames.map((times) => times[stage]))]),
      );
      const whole = summary(frames.map(({ total }) => total));
      return { name, stagesMs, ...whole, ofYardstick: whole.medianMs / yardstickMs };
    });
    return { backend, model: model.name, yardstick: yardstick.name, yardstickMs, rows };
  } finally {
    await close();
  }
}

/**
 * @param {Effects} effects
 * @param {string} machine description of the machine.
 */
export function renderEffects({ backend, model, yardstick, yardstickMs, rows }, machine) {
  const header = ['effect', ...STAGES, 'whole frame ms', 'p95', 'min', 'n', 'in inferences'];
  const cells = ({ name, stagesMs, medianMs, p95Ms, minMs, n, ofYardstick }) => {
    const times = [...STAGES.map((stage) => stagesMs[stage]), medianMs, p95Ms, minMs];
    return [name, ...times.map((time) => time.toFixed(1)), n, ofYardstick.toFixed(2)];
  };
  return [
    machine,
    `1280x720, \`${backend}\`, ${model}:`,
    table(header, rows.map(cells)),
    `An inference of ${yardstick} alone, in the same rounds: ${yardstickMs.toFixed(1)} ms.`,
  ].join('\n\n');
}

/**
 * Renders the time of a frame on each quality level: the stages up to the matte once for each matte, and the others in proportion to the
 * number of pixels.
 *
 * @param {Effects} effects
 * @param {{ framesPerSegmentation: number, outputScale: number, refinement: string }[]} levels
 * @param {string} machine description of the machine.
 */
export function renderLevels({ rows, backend }, levels, machine) {
  const stagesOf = (refinement) =>
    rows.find(({ name }) => name === (refinement === 'none' ? 'blur, medium; unrefined' : 'blur, medium'))
      .stagesMs;
  const lines = levels.map(({ framesPerSegmentation, outputScale, refinement }, index) => {
    const { import: read, preprocess, inference, refine, composite, output } = stagesOf(refinement);
    const matte = (preprocess + inference + refine) / framesPerSegmentation;
    return [index + 1, (matte + (read + composite + output) * outputScale ** 2).toFixed(1)];
  });
  return `${machine}\n\n${table(['level', `720p on \`${backend}\`, ms`], lines)}`;
}
