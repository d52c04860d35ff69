/**
 * The report: `cyclorama-benchmark/1`, which the benchmark page opens (demo-chime/src/benchmark/report.ts), with more figures
 * than that page shows.
 */
import { describeHost } from '../../machine.mjs';
import { median, quantile, sum } from '../../statistics.mjs';

/**
 * @typedef {object} Report the fields in addition to those of `cyclorama-benchmark/1`.
 * @property {object} adapter name, features and limits, and the card's clock in MHz.
 * @property {import('./floor.mjs').Floor} floor
 * @property {{ fmaGflops: number, copyGBs: number }} peaks of the adapter: f32 multiply-adds, and bytes read and written.
 * @property {Frame} frame
 * @property {import('./operators.mjs').Operator[]} [operators] the GPU's time of one inference by operator, the largest first.
 *   Undefined without timestamps.
 * @property {number} worstDifference the largest difference of Cyclorama's probabilities from LiteRT's.
 * @property {string[]} problems why figures are missing.
 */

/**
 * @typedef {object} Frame the calls of one frame of 1280x720 with guided edges and a medium blur, see calls.mjs.
 * @property {[number, number]} input
 * @property {number} submissions
 * @property {number} dispatches of all stages.
 * @property {number} inferenceDispatches of inference alone.
 * @property {number} passes compute and render passes.
 * @property {number} calls
 * @property {number} jsObjects
 * @property {number} threadMs of the calling thread, see {@link threadTime}.
 */

/** The frame whose calls are in the report. */
const COUNTED = [1280, 720];
/** The error of a measurement that was not reached or not completed. */
const NO_FIGURES = 'It has no figures: see the problems.';

/** @returns {Promise<Report>} */
export async function assembleReport(settings, found) {
  const { date, adapter, floor, peaks, engines, frames, operators, nativeRows, clockMHz, problems } = found;
  const f16 = adapter?.features.includes('shader-f16') && !settings.disguise.without?.includes('shader-f16');
  // The module itself knows it. The adapter is known if no frame was measured.
  const precision = frames.find(({ info }) => info)?.info.precision ?? (f16 ? 'f16' : 'f32');
  const ours = engines.filter(({ file, error }) => file === 'cyclorama' && error === undefined);
  const counted = frames.find(({ input }) => String(input) === String(COUNTED)) ?? frames[0];
  return {
    schema: 'cyclorama-benchmark/1',
    date,
    cyclorama: settings.cyclorama,
    commit: settings.commit,
    by: 'node',
    machine: {
      ...(await describeHost()),
      browser: `Dawn (npm webgpu ${settings.dawn}) in Node.js ${process.versions.node}`,
      ...(adapter && { adapter: describeAdapter(adapter) }),
    },
    source: { kind: 'synthetic', name: 'astronaut' },
    settings: { rounds: settings.rounds, framesPerRound: settings.frames, warmUp: 1 },
    adapter: { ...adapter, clockMHz },
    floor,
    peaks,
    frame: counted?.calls && frameOf(counted, settings),
    operators,
    rows: [
      ...settings.sizes.map((input) => frameRow(rowOf(frames, { input }), settings)),
      ...settings.models.flatMap(({ name }) =>
        settings.engines.map(({ file }) =>
          engineRow(rowOf(engines, { file, model: name }), { settings, precision, peaks }),
        ),
      ),
      ...nativeRows,
    ],
    worstDifference: ours.length > 0 ? Math.max(...ours.map(({ worstDifference }) => worstDifference)) : null,
    problems: settings.hardware && adapter?.isFallbackAdapter ? [software(adapter), ...problems] : problems,
  };
}

/** What was found of a measurement. The time may have been over before it. */
const rowOf = (rows, names) =>
  rows.find((row) => Object.keys(names).every((name) => String(row[name]) === String(names[name]))) ?? {
    ...names,
    error: NO_FIGURES,
  };

const software = ({ name }) =>
  `${name} is a software adapter: install the card's Vulkan driver, or set VK_DRIVER_FILES to its manifest.`;

const describeAdapter = ({ name, isFallbackAdapter, features }) => ({
  name,
  software: isFallbackAdapter,
  timestamps: features.includes('timestamp-query'),
  f16: features.includes('shader-f16'),
});

/** @returns {Frame} */
function frameOf(row, settings) {
  const { input, inferenceDispatches, calls } = row;
  const { dispatchesBetweenWaits: _, ...counts } = calls;
  return { input, inferenceDispatches, ...counts, threadMs: threadTime(frameRow(row, settings)) };
}

/** Milliseconds that a frame takes the calling thread: the sum of the medians of its stages, without waits for the GPU. */
export const threadTime = ({ stages }) => sum(Object.values(stages).map(({ cpu }) => cpu?.median ?? 0));

function frameRow(row, settings) {
  const [model] = settings.models;
  const { input, info, createMs, firstMs, agreement, gpuBytes, error } = row;
  const name = {
    system: 'cyclorama',
    version: settings.cyclorama,
    model: model.name,
    modelSize: [model.width, model.height],
    backend: 'webgpu',
    precision: info?.precision ?? 'f32',
    refinement: 'guided',
    input,
  };
  if (error !== undefined) return { ...name, error };
  const { cpu, completed } = row;
  const hasTimestamps = row.gpu.some(({ inference }) => inference !== undefined);
  const [onGpu, clock] = hasTimestamps ? [row.gpu, 'gpu'] : [completed, 'completed'];
  const of = (frames, stage) => frames.map((times) => times[stage]);
  const stages = Object.fromEntries(
    Object.keys(completed[0])
      .filter((stage) => stage !== 'total')
      .map((stage) => [stage, { cpu: figure('cpu', of(cpu, stage)), gpu: figure(clock, of(onGpu, stage)) }]),
  );
  return {
    ...name,
    stages,
    ranges: {
      inference: figure(clock, of(onGpu, 'inference')),
      // NaN if one of them has no timestamps in a frame.
      segmentation: figure(
        clock,
        onGpu.map(({ preprocess, inference }) => preprocess + inference),
      ),
      frame: figure('completed', of(completed, 'total')),
    },
    framesPerSecond: figure(
      'completed',
      row.backToBack.map((ms) => 1000 / ms),
    ),
    startUp: { createMs, firstMs },
    agreement,
    gpuBytes,
    fallbackAdapter: info.fallbackAdapter,
  };
}

function engineRow(row, { settings, precision, peaks }) {
  const { engine, version } = settings.engines.find(({ file }) => file === row.file);
  const { width, height, multiplyAdds } = settings.models.find(({ name }) => name === row.model);
  const name = {
    system: engine,
    version,
    model: row.model,
    modelSize: [width, height],
    backend: 'webgpu',
    precision: row.file === 'cyclorama' ? precision : 'f32',
    refinement: 'none',
    input: [width, height],
  };
  const error = row.error ?? (row.queued.length === 0 ? NO_FIGURES : undefined);
  if (error !== undefined) return { ...name, error };
  const { loadMs, firstMs, worstDifference, batch, dispatches, passes, submissions, pipelines } = row;
  const queued = figure('completed', row.queued);
  const gpu = figure('gpu', row.gpu);
  return {
    ...name,
    ranges: { inference: queued },
    inference: { queued, batch, awaited: figure('completed', row.awaited), gpu },
    worstDifference,
    fractionOfFmaPeak: peaks && (2 * multiplyAdds) / ((gpu ?? queued).median * 1e6) / peaks.fmaGflops,
    startUp: { loadMs, firstMs, pipelines },
    calls: { dispatches, passes, submissions },
  };
}

/** Statistics of the values that were measured, in the form of the report. Undefined if none was. */
function figure(clock, given) {
  const values = given.filter(Number.isFinite);
  if (values.length === 0) return undefined;
  const middle = median(values);
  return {
    clock,
    median: middle,
    mad: median(values.map((value) => Math.abs(value - middle))),
    p5: quantile(values, 0.05),
    p95: quantile(values, 0.95),
    min: Math.min(...values),
    n: values.length,
  };
}
