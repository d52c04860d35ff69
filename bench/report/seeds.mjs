/** Published figures, compared with ours. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { table } from '../markdown.mjs';
import { bench } from '../paths.mjs';
import { reportModules } from './drive.mjs';
import { digits } from './sections.mjs';
import { restore } from './store.mjs';

/** The published figures of `published.json`. */
export const readPublished = async () => JSON.parse(await readFile(join(bench, 'published.json'), 'utf8'));

/** The tables of the stored reports. */
export async function seedsText() {
  const page = await reportModules();
  const kept = await Promise.all(['page', 'native'].map(restore));
  const reports = kept.filter((report) => report !== undefined).map(page.checkReport);
  return renderSeeds(await readPublished(), reports, page);
}

/** The frame size of most published figures. Reports without it are shown at their largest size. */
const USUAL = '720p';

/**
 * Renders a table for each publisher. Below each published line, our lines follow: one for each backend of each
 * comparable model.
 *
 * @param {Awaited<ReturnType<typeof readPublished>>} published
 * @param {object[]} reports
 * @param {Awaited<ReturnType<typeof import('./drive.mjs').reportModules>>} page
 */
export function renderSeeds({ systems }, reports, page) {
  return [
    'Published figures are in *italics*. Below each are ours, of models of the same size or task. (a) is the inference, (b) the inference with preprocessing, ' +
      'and for others on a GPU with the readback, which ours do not need; (c) is the whole frame. **Machines differ**, from a phone to a server without a ' +
      'graphics card. Compare only the columns of one line, and the lines of one machine.',
    ...reports.map((report) => `Ours, ${whereOf(report)}: ${page.machineText(report)}.`),
    ...systems.flatMap(({ source, year, url, how, rows }) => [
      `### ${year}: ${url ? `[${source}](${url})` : source}`,
      `${how[0].toUpperCase()}${how.slice(1)}.`,
      table(
        header,
        rows.flatMap((row) => [publishedLine(row), ...ourLines(row.ours, reports, page)]),
      ),
    ]),
  ].join('\n\n');
}

const header = [
  'model',
  'where',
  '(a) ms',
  '(b) ms',
  '(c) ms, unrefined',
  '(c) ms, refined',
  'frames/s, unrefined',
  'frames/s, refined',
];

/** A published line. Its frame time includes post-processing, so it is in the refined column. */
function publishedLine({ model, machine, inference, segmentation, frame, framesPerSecond }) {
  const cells = [model, machine, inference, segmentation, undefined, frame, undefined, framesPerSecond];
  return cells.map((cell) => {
    if (cell === undefined) return undefined;
    return `*${Array.isArray(cell) ? cell.join(' to ') : cell}*`;
  });
}

function ourLines(models, reports, page) {
  return models.flatMap((model) => reports.flatMap((report) => linesOf(model, report, page)));
}

/** A line for each backend of a model in one report. */
function linesOf(model, report, page) {
  const measured = report.rows.filter(
    (row) => row.system === 'cyclorama' && row.model === model && row.error === undefined,
  );
  const sizes = new Set(measured.map(({ input }) => page.sizeName(input)));
  const size = sizes.has(USUAL) ? USUAL : [...sizes].at(0);
  const own = measured.filter(({ input }) => page.sizeName(input) === size);
  const backends = [...new Set(own.map(page.backendName))];
  return backends.map((backend) => {
    const of = (refinement) =>
      own.find((row) => page.backendName(row) === backend && row.refinement === refinement);
    const [raw, refined] = [of('none'), of('guided')];
    // Neither range includes the refinement.
    const either = refined ?? raw;
    return [
      model,
      `${whereOf(report)}, ${backend}${size === USUAL ? '' : `, ${size}`}`,
      median(either?.ranges.inference),
      median(either?.ranges.segmentation),
      median(raw?.ranges.frame),
      median(refined?.ranges.frame),
      median(raw?.framesPerSecond),
      median(refined?.framesPerSecond),
    ];
  });
}

const whereOf = ({ by }) => (by === 'native' ? 'natively' : 'in the browser');
const median = (figure) => figure && digits(figure.median);
