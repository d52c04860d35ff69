/** Writes a report as Markdown and as CSV. Does not depend on a page. */
import { backendName, type Figure, type Report, type Row, rowTitle, STAGES, sizeName } from './report';

/** The main figures of a report, in order: milliseconds, except for `framesPerSecond`. */
export const FIGURES = {
  inference: '(a) inference',
  segmentation: '(b) preprocess + inference',
  frame: '(c) whole frame',
  framesPerSecond: 'frames per second',
} as const;
export type FigureName = keyof typeof FIGURES;

/** Returns one of a row's {@link FIGURES}. */
export function figureOf(row: Row, name: FigureName): Figure | undefined {
  return name === 'framesPerSecond' ? row.framesPerSecond : row.ranges[name];
}

/** A number with three significant digits, or all digits of its integer part. */
export function digits(value: number): string {
  return value >= 99.95 ? value.toFixed(0) : value.toPrecision(3);
}

/** `12.3 ± 0.4 gpu`: median, median deviation and clock. */
export function figureText({ median, mad, clock }: Figure): string {
  return `${digits(median)} ± ${digits(mad)} ${clock}`;
}

/** Describes the machine in one line. */
export function machineText({ machine, date, cyclorama, commit, by }: Report): string {
  const { cpu, cores, os, browser, adapter, memoryCopy, multiplyAdds } = machine;
  const parts = [
    date.slice(0, 16).replace('T', ' '),
    `Cyclorama ${cyclorama}${commit === undefined ? '' : ` (${commit})`}${by === 'native' ? ', native' : ''}`,
    cpu,
    cores === undefined ? undefined : `${cores} cores`,
    os,
    browser,
    adapter &&
      `GPU adapter: ${adapter.name} (${[
        adapter.software ? 'software' : 'hardware',
        adapter.timestamps ? 'timestamps' : 'no timestamps',
        adapter.f16 ? 'f16' : 'no f16',
      ].join(', ')})`,
    memoryCopy &&
      multiplyAdds &&
      `one core: memory copy ${digits(memoryCopy.median)} GB/s, multiply-adds ${digits(multiplyAdds.median)} GFLOP/s`,
  ];
  return parts.filter((part) => part !== undefined).join(' · ');
}

/** Describes the settings in one line. */
export function settingsText({ source, settings }: Report): string {
  const { rounds, framesPerRound, warmUp, seconds, timing, worker } = settings;
  const name = source.name === undefined ? source.kind : `${source.kind} (${source.name})`;
  const parts = [
    `${rounds} rounds in turns, ${framesPerRound} single frames each, after ${warmUp} warm-up frames`,
    seconds === undefined ? undefined : `throughput test of ${seconds} s in each round`,
    timing && `timing: ${timing}`,
    worker === undefined ? undefined : `in ${worker ? 'a worker' : 'the page'}`,
  ];
  return `Source: ${name}. ${parts.filter((part) => part !== undefined).join('; ')}.`;
}

/** The warning about a page that was hidden during the run. */
export const HIDDEN_WARNING =
  'The page was hidden during the run, and browsers slow hidden pages down. Run the benchmark again for reliable results.';

/** The blocked requests of a row's engine, as the end of a sentence. `undefined` if there were none. */
export function refusedText({ refused }: Row): string | undefined {
  return refused?.length ? `requested ${refused.join(', ')}, which was blocked` : undefined;
}

/** Warnings about the meaning of the results. */
export function caveats({ machine, rows, hidden }: Report): string[] {
  const warnings: string[] = [];
  if (hidden) warnings.push(HIDDEN_WARNING);
  if (machine.adapter?.software) {
    warnings.push(
      `The GPU adapter is software: ${machine.adapter.name} emulates a GPU on the CPU. The results compare the amount of work ` +
        'per configuration. They do not show the speed of a GPU, nor which configuration is the fastest on a GPU.',
    );
  }
  const clocks = new Set(rows.flatMap(({ ranges }) => (ranges.inference ? [ranges.inference.clock] : [])));
  if (clocks.size > 1) {
    warnings.push(
      'The rows use different clocks. GPU timestamps exclude the gaps between GPU tasks. The “completed” clock includes ' +
        'waiting time. Compare such rows with care.',
    );
  }
  return warnings;
}

/** Describes the clocks. */
export const CLOCK_TEXT =
  'Clocks: gpu = GPU timestamps. completed = wall-clock time until the work was completed. cpu = wall-clock time of the calling ' +
  'thread until the work was done or submitted to the GPU. Values are medians ± median absolute deviation, in milliseconds or frames per second.';

/** The whole report as Markdown. */
export function toMarkdown(report: Report): string {
  const measured = report.rows.filter(({ error }) => error === undefined);
  const failed = report.rows.filter(({ error }) => error !== undefined);
  return [
    '# Cyclorama benchmark',
    `${escapeMarkdown(machineText(report))}.`,
    escapeMarkdown(settingsText(report)),
    ...caveats(report).map(escapeMarkdown),
    timingsTable(measured),
    ...stageTables(measured),
    ...report.rows.flatMap((row) => {
      const refused = refusedText(row);
      return refused === undefined ? [] : [escapeMarkdown(`${rowTitle(row)} ${refused}`)];
    }),
    ...failed.map((row) => `${escapeMarkdown(rowTitle(row))} failed: ${escapeMarkdown(row.error ?? '')}`),
    CLOCK_TEXT,
    '',
  ].join('\n\n');
}

/** The ranges, frames per second and quality of rows. */
export function timingsTable(rows: readonly Row[]): string {
  const names = Object.keys(FIGURES) as FigureName[];
  const qualities = rows.flatMap(({ quality }) => (quality ? [quality.reference] : []));
  const [reference] = qualities;
  const header = [
    ...rowHeader,
    ...names.map((name) => FIGURES[name]),
    ...(reference === undefined ? [] : ['IoU', 'boundary F']),
  ];
  const lines = rows.map((row) => [
    ...rowCells(row),
    ...names.map((name) => shown(figureOf(row, name))),
    ...(reference === undefined ? [] : [row.quality?.iou.toFixed(4), row.quality?.boundaryF.toFixed(4)]),
  ]);
  const about =
    reference === undefined
      ? ''
      : `\n\nIoU and boundary F are relative to ${escapeMarkdown([...new Set(qualities)].join('; '))}.`;
  return `${markdownTable(header, lines)}${about}`;
}

/** The stages of rows: one table for the GPU and one for the calling thread. */
export function stageTables(rows: readonly Row[]): string[] {
  const clocks = [
    ['gpu', 'Stages, by GPU timestamps or until the work is completed'],
    ['cpu', 'Stages, on the calling thread'],
  ] as const;
  return clocks.flatMap(([side, title]) => {
    const timed = rows.filter(({ stages }) => Object.values(stages).some((stage) => stage[side]));
    if (timed.length === 0) return [];
    const lines = timed.map((row) => [
      ...rowCells(row),
      ...STAGES.map((stage) => shown(row.stages[stage]?.[side])),
    ]);
    return [`## ${title}`, markdownTable([...rowHeader, ...STAGES], lines)];
  });
}

const rowHeader = ['system', 'model', 'backend', 'refinement', 'input'];

function rowCells(row: Row): string[] {
  const { system, version, model, modelSize, refinement, input } = row;
  const modelText = modelSize ? `${model} (${modelSize.join('x')})` : model;
  return [`${system} ${version}`, modelText, backendName(row), refinement, sizeName(input)];
}

const shown = (figure: Figure | undefined): string | undefined => figure && figureText(figure);

/** Writes a Markdown table. Undefined cells are empty. */
export function markdownTable(
  header: readonly string[],
  rows: readonly (readonly (string | undefined)[])[],
): string {
  const line = (cells: readonly (string | undefined)[]) =>
    `| ${cells.map((text) => escapeMarkdown(text ?? '')).join(' | ')} |`;
  return [line(header), `|${header.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

/** Escapes text for Markdown. A report may contain any text. */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[\\`*[\]|]/g, '\\$&')
    .replaceAll('<', '&lt;');
}

const csvHeader = [
  'system',
  'version',
  'model',
  'model width',
  'model height',
  'backend',
  'precision',
  'threads',
  'refinement',
  'input width',
  'input height',
  'format',
  'kind',
  'figure',
  'clock',
  'median',
  'mad',
  'p5',
  'p95',
  'min',
  'n',
  'note',
];

/** The report as CSV (RFC 4180), with a line for each figure of each row. */
export function toCsv({ rows }: Report): string {
  const lines = rows.flatMap((row) => {
    const { system, version, model, modelSize, backend, precision, threads, refinement, input, format } = row;
    const name = [
      system,
      version,
      model,
      ...(modelSize ?? ['', '']),
      backend,
      precision,
      threads ?? '',
      refinement,
      ...input,
      format ?? '',
    ];
    const line = (kind: string, what: string, found: Partial<Figure>, note = '') => {
      const { clock, median, mad, p5, p95, min, n } = found;
      return [...name, kind, what, clock, median, mad, p5, p95, min, n, note];
    };
    const figures = (kind: string, what: string, found: Figure | undefined) =>
      found ? [line(kind, what, found)] : [];
    const { stages, ranges, framesPerSecond, stopwatch, quality, refused, error } = row;
    return [
      ...Object.entries(stages).flatMap(([stage, { cpu, gpu }]) => [
        ...figures('stage', stage, cpu),
        ...figures('stage', stage, gpu),
      ]),
      ...Object.entries(ranges).flatMap(([range, found]) => figures('range', range, found)),
      ...figures('stopwatch', 'frame', stopwatch),
      ...figures('rate', 'framesPerSecond', framesPerSecond),
      ...(quality
        ? [
            line('quality', 'iou', { median: quality.iou }, quality.reference),
            line('quality', 'boundaryF', { median: quality.boundaryF }, quality.reference),
          ]
        : []),
      ...(refused ?? []).map((what) => line('refused', '', {}, what)),
      ...(error === undefined ? [] : [line('error', '', {}, error)]),
    ];
  });
  return `${[csvHeader, ...lines].map((line) => line.map(csvCell).join(',')).join('\r\n')}\r\n`;
}

function csvCell(value: string | number | undefined): string {
  const text = String(value ?? '');
  // A spreadsheet would evaluate such text as a formula, and the report may be from an untrusted source.
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
