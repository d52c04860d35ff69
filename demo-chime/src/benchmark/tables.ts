/** A report as Markdown and as CSV. Knows no page. */
import { backendName, type Figure, type Report, type Row, rowTitle, STAGES, sizeName } from './report';

/** The figures that a report is read for, in order; times in milliseconds but for `framesPerSecond`. */
export const FIGURES = {
  inference: '(a) inference',
  segmentation: '(b) preprocess + inference',
  frame: '(c) whole frame',
  framesPerSecond: 'frames per second',
} as const;
export type FigureName = keyof typeof FIGURES;

/** One of a row's {@link FIGURES}. */
export function figureOf(row: Row, name: FigureName): Figure | undefined {
  return name === 'framesPerSecond' ? row.framesPerSecond : row.ranges[name];
}

/** Three digits, or more before the point. */
export function digits(value: number): string {
  return value >= 99.95 ? value.toFixed(0) : value.toPrecision(3);
}

/** `12.3 ± 0.4 gpu`: median, median deviation and clock. */
export function figureText({ median, mad, clock }: Figure): string {
  return `${digits(median)} ± ${digits(mad)} ${clock}`;
}

/** What the figures were measured on, in one line. */
export function machineText({ machine, date, cyclorama, commit, by }: Report): string {
  const { cpu, cores, os, browser, adapter } = machine;
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
  ];
  return parts.filter((part) => part !== undefined).join(' · ');
}

/** How it was measured, in one line. */
export function settingsText({ source, settings }: Report): string {
  const { rounds, framesPerRound, warmUp, seconds, timing, worker } = settings;
  const name = source.name === undefined ? source.kind : `${source.kind} (${source.name})`;
  const parts = [
    `${rounds} rounds in turns, ${framesPerRound} single frames each, after ${warmUp} to warm up`,
    seconds === undefined ? undefined : `${seconds} s without a pause in each round`,
    timing && `timing: ${timing}`,
    worker === undefined ? undefined : `in ${worker ? 'a worker' : 'the page'}`,
  ];
  return `Source: ${name}. ${parts.filter((part) => part !== undefined).join('; ')}.`;
}

/** What is wrong with figures of a page that nobody saw. */
export const HIDDEN_WORDS =
  'The page was out of sight during the run, where browsers slow pages down: run it again for figures to rely on.';

/** What a row's system asked for elsewhere, as the end of a sentence about it; `undefined` where that was nothing. */
export function refusedText({ refused }: Row): string | undefined {
  return refused?.length ? `asked for ${refused.join(', ')} and was refused` : undefined;
}

/** What the figures do not say. */
export function caveats({ machine, rows, hidden }: Report): string[] {
  const words: string[] = [];
  if (hidden) words.push(HIDDEN_WORDS);
  if (machine.adapter?.software) {
    words.push(
      `The GPU here is software: ${machine.adapter.name} does a graphics card's work on the processor. Its figures compare ` +
        'how much work configurations are; they say neither how fast a graphics card is nor which configuration is the ' +
        'quickest on one.',
    );
  }
  const clocks = new Set(rows.flatMap(({ ranges }) => (ranges.inference ? [ranges.inference.clock] : [])));
  if (clocks.size > 1) {
    words.push(
      'Not all rows have one clock: timestamps of the GPU leave out what lies between pieces of work, the clock until work ' +
        'is completed has the waiting in it. Compare those with care.',
    );
  }
  return words;
}

/** What the clocks are. */
export const CLOCK_WORDS =
  'Clocks: gpu = timestamps of the GPU; completed = wall clock until the work was done; cpu = wall clock of the calling ' +
  'thread until the work was handed over. Figures are medians ± median deviation, in milliseconds but for frames per second.';

/** The whole report as Markdown. */
export function toMarkdown(report: Report): string {
  const measured = report.rows.filter(({ error }) => error === undefined);
  const failed = report.rows.filter(({ error }) => error !== undefined);
  return [
    '# Cyclorama benchmark',
    `${escapeMarkdown(machineText(report))}.`,
    escapeMarkdown(settingsText(report)),
    ...caveats(report).map(escapeMarkdown),
    timesTable(measured),
    ...stageTables(measured),
    ...report.rows.flatMap((row) => {
      const words = refusedText(row);
      return words === undefined ? [] : [escapeMarkdown(`${rowTitle(row)} ${words}`)];
    }),
    ...failed.map((row) => `${escapeMarkdown(rowTitle(row))} failed: ${escapeMarkdown(row.error ?? '')}`),
    CLOCK_WORDS,
    '',
  ].join('\n\n');
}

/** The ranges, frames per second and quality of rows. */
export function timesTable(rows: readonly Row[]): string {
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
      : `\n\nIoU and boundary F against ${escapeMarkdown([...new Set(qualities)].join('; '))}.`;
  return `${markdownTable(header, lines)}${about}`;
}

/** What the stages of rows took: a table for each side, the GPU and the calling thread. */
export function stageTables(rows: readonly Row[]): string[] {
  const clocks = [
    ['gpu', 'Stages, by timestamps of the GPU or the clock until work is completed'],
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
  const network = modelSize ? `${model} (${modelSize.join('x')})` : model;
  return [`${system} ${version}`, network, backendName(row), refinement, sizeName(input)];
}

const shown = (figure: Figure | undefined): string | undefined => figure && figureText(figure);

/** A table of Markdown; what is undefined is an empty cell. */
export function markdownTable(
  header: readonly string[],
  rows: readonly (readonly (string | undefined)[])[],
): string {
  const line = (cells: readonly (string | undefined)[]) =>
    `| ${cells.map((text) => escapeMarkdown(text ?? '')).join(' | ')} |`;
  return [line(header), `|${header.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

/** Text that stays text within Markdown, whoever wrote the report. */
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

/** The report as CSV (RFC 4180), a line for each figure of each row. */
export function toCsv({ rows }: Report): string {
  const lines = rows.flatMap((row) => {
    const { system, version, model, modelSize, backend, precision, threads, refinement, input } = row;
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
  // A spreadsheet would take such a text, perhaps of a stranger's report, for a formula.
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
