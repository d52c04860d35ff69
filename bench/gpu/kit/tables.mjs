/** Renders the report as Markdown, for the terminal. */
import { table } from '../../markdown.mjs';
import { threadTime } from './report.mjs';

/** @param {import('./report.mjs').Report} report */
export function renderReport(report) {
  const { rows, problems } = report;
  const failed = rows.filter(({ error }) => error !== undefined);
  const measured = rows.filter(({ error }) => error === undefined);
  return [
    renderMachine(report),
    renderFloor(report),
    renderFrame(report),
    renderFrames(measured.filter(({ ranges }) => ranges.frame)),
    renderEngines(measured.filter(({ inference }) => inference)),
    renderOperators(report),
    ...failed.map((row) => `${row.system}, ${row.model}, ${row.input.join('x')}, failed: ${row.error}`),
    ...problems,
  ]
    .filter(Boolean)
    .join('\n\n');
}

function renderMachine({ date, commit, machine, adapter }) {
  const { cpu, cores, os, browser } = machine;
  const lines = [
    `${date.slice(0, 10)}, commit ${commit ?? 'unknown'}, ${cpu}, ${cores} cores, ${os}, ${browser}.`,
  ];
  if (!machine.adapter) return lines[0];
  const { name, software, timestamps, f16 } = machine.adapter;
  const kind = [
    software ? 'software' : 'hardware',
    timestamps ? 'timestamps' : 'no timestamps',
    f16 ? 'shader-f16' : 'no shader-f16',
  ];
  const { clockMHz } = adapter;
  lines.push(`Adapter: ${name} (${kind.join(', ')}).`);
  if (clockMHz) lines.push(`Clock: ${clockMHz.median} MHz (${clockMHz.min} to ${clockMHz.max}).`);
  return lines.join(' ');
}

function renderFloor({ floor, peaks }) {
  if (!floor) return '';
  const { submission, dispatches50, passes50, submissions50, encoding50, dispatchUs, readbackMask } = floor;
  const dispatch =
    dispatchUs === undefined
      ? ''
      : ` One of 1000 dispatches in a pass takes the GPU ${digits(dispatchUs)} µs.`;
  return (
    `An empty submission takes ${digits(submission)} ms, 50 dispatches ${digits(dispatches50)} ms, 50 passes ` +
    `${digits(passes50)} ms, 50 submissions ${digits(submissions50)} ms, reading a mask back ${digits(readbackMask)} ms. ` +
    `Encoding and submitting 50 dispatches takes the thread ${digits(encoding50)} ms.${dispatch}${renderPeaks(peaks)}`
  );
}

const renderPeaks = (peaks) =>
  peaks
    ? ` Peaks: ${digits(peaks.fmaGflops)} GFLOP/s (f32 multiply-adds), ${digits(peaks.copyGBs)} GB/s (copying, read and written bytes).`
    : '';

function renderFrame({ frame }) {
  if (!frame) return '';
  const { input, submissions, passes, dispatches, inferenceDispatches, calls, jsObjects } = frame;
  return (
    `A frame of ${input.join('x')}: ${submissions} submissions, ${passes} passes, ${dispatches} dispatches ` +
    `(inference ${inferenceDispatches}), ` +
    `${calls} calls of WebGPU, which return ${jsObjects} objects.`
  );
}

const STAGES = ['import', 'preprocess', 'inference', 'refine', 'composite'];

function renderFrames(rows) {
  if (rows.length === 0) return '';
  const header = [
    'frame',
    'backend',
    ...STAGES,
    'thread',
    'whole frame',
    'frames/s',
    'start',
    'first frame',
    'MB',
  ];
  const lines = rows.map(
    ({ input, backend, precision, stages, ranges, framesPerSecond, startUp, gpuBytes }) => [
      input.join('x'),
      `${backend} ${precision}`,
      ...STAGES.map((stage) => milliseconds(stages[stage]?.gpu)),
      digits(threadTime({ stages })),
      milliseconds(ranges.frame),
      framesPerSecond && digits(framesPerSecond.median),
      startUp && digits(startUp.createMs),
      startUp && digits(startUp.firstMs),
      gpuBytes && digits(gpuBytes / 1e6),
    ],
  );
  return table(header, lines);
}

function renderEngines(rows) {
  if (rows.length === 0) return '';
  const header = [
    ...[
      'model',
      'engine',
      'GPU',
      'queued',
      'p95',
      'awaited',
      'of FMA peak',
      'load',
      'first',
      'calls',
      'difference',
    ],
  ];
  const lines = rows.map(
    ({ model, system, precision, inference, fractionOfFmaPeak, startUp, calls, worstDifference }) => [
      model,
      `${system} ${precision}`,
      milliseconds(inference.gpu),
      milliseconds(inference.queued),
      digits(inference.queued.p95),
      milliseconds(inference.awaited),
      fractionOfFmaPeak && `${(100 * fractionOfFmaPeak).toPrecision(2)} %`,
      digits(startUp.loadMs),
      digits(startUp.firstMs),
      calls.dispatches && `${calls.dispatches}/${calls.passes}/${calls.submissions}`,
      worstDifference.toExponential(1),
    ],
  );
  return table(header, lines);
}

function renderOperators({ operators }) {
  if (!operators) return '';
  const lines = operators.map(({ operator, dispatches, us }) => [operator, String(dispatches), digits(us)]);
  return table(['operator', 'dispatches', 'µs'], lines);
}

const milliseconds = (figure) => figure && digits(figure.median);
const digits = (value) => (value >= 99.95 ? value.toFixed(0) : value.toPrecision(3));

/** Explains the tables. */
export const LEGEND =
  'Medians in milliseconds. Stages and "GPU": GPU timestamps, or until the work was completed. "thread": the calling thread. ' +
  '"whole frame": until completed, waiting after each stage. "MB": buffers and textures on the GPU. "queued": one inference of a batch that is awaited once. ' +
  '"awaited": one inference with input and output in memory. "calls": dispatches, passes and submissions of one inference. ' +
  '"difference": the largest difference of a probability from LiteRT\'s. ' +
  '"µs": GPU timestamps of each dispatch of an inference alone, added up by operator.';
