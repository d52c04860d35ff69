/** Renders reports (`cyclorama-benchmark/1`) for docs/reports/*.md and for the terminal. */
import { table } from '../markdown.mjs';

/** The stages that a row shows. */
const STAGES = ['import', 'preprocess', 'inference', 'refine', 'composite', 'output'];
/** The marks of figures, by clock. The calling thread's clock has none. */
const MARKS = { cpu: '', gpu: 'ᵍ', completed: 'ʷ' };

/**
 * Renders a whole report: the machine, a table for each frame size, and the failed rows.
 *
 * @param {object} report
 * @param {Awaited<ReturnType<typeof import('./drive.mjs').reportModules>>} page the benchmark page's own modules for
 *   reports.
 */
export function renderReport(report, page) {
  const measured = report.rows.filter(({ error }) => error === undefined);
  const failed = report.rows.filter(({ error }) => error !== undefined);
  const sizes = [...new Set(measured.map(({ input }) => page.sizeName(input)))];
  const ofSize = (size) => measured.filter(({ input }) => page.sizeName(input) === size);
  return [
    `${page.machineText(report)}. ${page.settingsText(report)}`,
    ...sizes.flatMap((size) => [`### ${headline(report, size)}`, timesTable(ofSize(size), page)]),
    ...failed.map((row) => `${page.rowTitle(row)}, failed: ${row.error.split('\n')[0]}`),
  ].join('\n\n');
}

/** The model and the refinement that the package uses by default. */
const DEFAULTS = { model: 'selfie_segmentation_landscape', refinement: 'guided' };

/** Renders the frame times of the default model on every backend and at every size. */
export function renderSummary(report, page) {
  const rows = report.rows.filter(
    ({ system, model, refinement, error }) =>
      system === 'cyclorama' && model === DEFAULTS.model && refinement === DEFAULTS.refinement && !error,
  );
  const sizes = [...new Set(rows.map(({ input }) => page.sizeName(input)))];
  const lines = [...new Set(rows.map(page.backendName))].map((backend) => [
    backend,
    ...sizes.flatMap((size) => {
      const row = rows.find(
        (each) => page.backendName(each) === backend && page.sizeName(each.input) === size,
      );
      const { framesPerSecond, ranges } = row ?? {};
      return [framesPerSecond, ranges?.frame].map((found) => found && digits(found.median));
    }),
  ]);
  const header = sizes.flatMap((size) => [`${size}, frames/s`, `${size}, ms per frame`]);
  return `${page.machineText(report)}.\n\n${table(['backend', ...header], lines)}`;
}

/** Explains the marks in the tables. */
export const LEGEND =
  'Medians in milliseconds, those of ranges ± median deviation. (a) inference, (b) preprocess and inference, (c) the whole frame. ' +
  'ᵍ GPU timestamps, ʷ wall clock until the work was completed, unmarked: wall clock of the thread that did it.';

const headline = ({ by }, size) => `${by === 'native' ? 'Natively' : 'In the browser'}, frames of ${size}`;

function timesTable(rows, page) {
  const stages = STAGES.filter((stage) => rows.some((row) => mainOf(row.stages[stage])));
  const masks = rows.some(({ quality }) => quality);
  const header = [
    ...['system', 'model', 'backend', 'refinement', ...stages, '(a)', '(b)', '(c)', 'frames/s'],
    ...(masks ? ['IoU', 'boundary F'] : []),
  ];
  const lines = rows.map((row) => {
    const { inference, segmentation, frame } = row.ranges;
    return [
      row.system === 'cyclorama' ? 'cyclorama' : `${row.system} ${row.version}`,
      row.model,
      page.backendName(row),
      row.refinement,
      ...stages.map((stage) => figure(mainOf(row.stages[stage]))),
      ...[inference, segmentation, frame].map(spread),
      row.framesPerSecond && digits(row.framesPerSecond.median),
      ...(masks ? [row.quality?.iou.toFixed(3), row.quality?.boundaryF.toFixed(3)] : []),
    ];
  });
  return table(header, lines);
}

/** The main figure of a stage: its GPU time, or else its CPU time. */
export const mainOf = (stage) => stage?.gpu ?? stage?.cpu;

const figure = (found) => found && `${digits(found.median)}${MARKS[found.clock]}`;
const spread = (found) => found && `${digits(found.median)} ± ${digits(found.mad)}${MARKS[found.clock]}`;

/** Rounds to about three digits, with at most two decimals. */
export function digits(value) {
  return value.toFixed(value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2);
}
