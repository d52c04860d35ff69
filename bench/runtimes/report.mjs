/** The models in all runtimes as Markdown, for a terminal and for docs/reports/runtimes.md. */
import { table } from '../markdown.mjs';

/** @typedef {import('./main.mjs').Result} Result */

/** @param {Result} result */
export function renderReport({ machine, adapter, rounds, rows }) {
  const models = [...new Set(rows.map(({ model }) => model))];
  return [
    renderMachine(machine, adapter, rounds),
    ...models.flatMap((model) => {
      const own = rows.filter((row) => row.model === model);
      const failed = own.filter(({ error }) => error !== undefined);
      return [
        `### ${model}`,
        timeTable(own),
        costTable(own),
        ...own.filter(({ refused }) => refused.length > 0).map(renderRefused),
        ...failed.map(({ error, ...row }) => `${nameOf(row)}, failed: ${error.split('\n')[0]}`),
      ];
    }),
  ].join('\n\n');
}

/** What the figures were measured on. */
export function renderMachine({ cpu, cores, os, browser, commit, date }, adapter, rounds) {
  const where = `${date}, commit ${commit}, ${cpu}, ${cores} cores, ${os}, ${browser}.`;
  if (!adapter) return where;
  const { name, fmaGflops, copyGBs } = adapter;
  return (
    `${where} WebGPU adapter: ${name}, measured peaks ${fmaGflops.toFixed(1)} GFLOP/s (f32 multiply-adds) and ` +
    `${copyGBs.toFixed(1)} GB/s (copying, read and written bytes). ${rounds} rounds.`
  );
}

function renderRefused({ refused, ...row }) {
  const hosts = new Set(refused.map((url) => new URL(url).host));
  return `${nameOf(row)}, asked for ${[...hosts].join(', ')} while it was measured and was refused.`;
}

function timeTable(rows) {
  const header = [
    'engine',
    'backend',
    'threads',
    'median ms',
    'p95',
    'min',
    'n',
    'awaited ms',
    'of FMA peak',
  ];
  const cells = (row) =>
    row.error === undefined
      ? [
          milliseconds(row.medianMs),
          milliseconds(row.p95Ms),
          milliseconds(row.minMs),
          row.timing === 'queued' ? `${row.n} x ${row.batch}` : row.n,
          milliseconds(row.awaitedMs),
          row.shareOfFmaPeak && `${(100 * row.shareOfFmaPeak).toFixed(1)} %`,
        ]
      : ['failed'];
  return table(
    header,
    rows.map((row) => [`${row.engine} ${row.version}`, row.backend, row.threads, ...pad(cells(row), 6)]),
  );
}

function costTable(rows) {
  const header = [
    'engine',
    'backend',
    'threads',
    'load ms',
    'first ms',
    'download MB',
    'dispatches',
    'passes',
    'submissions',
    'pipelines',
    'read back kB',
    'worst difference',
  ];
  return table(
    header,
    rows
      .filter(({ error }) => error === undefined)
      .map((row) => [
        row.engine,
        row.backend,
        row.threads,
        row.loadMs.toFixed(0),
        row.firstMs.toFixed(0),
        (row.downloadBytesBrotli / 1e6).toFixed(2),
        row.dispatches,
        row.passes,
        row.submissions,
        row.pipelines,
        row.readbackBytes && (row.readbackBytes / 1e3).toFixed(0),
        row.worstDifference.toExponential(0),
      ]),
  );
}

const nameOf = ({ engine, backend, threads }) => `${engine}, ${backend}, ${threads} thread(s)`;
const pad = (cells, length) => [...cells, ...Array(length - cells.length).fill(undefined)];

/** Three digits, or more before the point. */
const milliseconds = (value) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
