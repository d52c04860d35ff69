/** Compares two reports. Does not depend on a page. */
import { type Figure, type Report, type Row, rowKey, rowTitle } from './report';
import {
  digits,
  escapeMarkdown,
  FIGURES,
  type FigureName,
  figureOf,
  figureText,
  HIDDEN_WARNING,
  markdownTable,
} from './tables';

/** The assessment of a difference. `clocks differ` means that the values are not comparable. */
export type Assessment = 'faster' | 'slower' | 'no difference shown' | 'clocks differ';

export interface Difference {
  row: Row;
  figure: FigureName;
  before: Figure;
  after: Figure;
  /** After over before. */
  ratio: number;
  assessment: Assessment;
}

export interface Comparison {
  differences: Difference[];
  /** Rows that only one of the two reports has, by title. */
  onlyBefore: string[];
  onlyAfter: string[];
  /** Reasons why the two reports may not be comparable. */
  warnings: string[];
}

/** The smallest relative change that counts: runs on one machine differ by as much. */
const MIN_CHANGE = 0.03;

/** The fewest values that have a meaningful spread. With fewer values no change counts. */
const MIN_VALUES = 5;

/** Half of the 0.1 ms to which browsers round GPU timestamps: equal values may differ by that. */
const TIMESTAMP_ERROR = 0.05;

/**
 * Compares a run with an earlier one, row by row.
 *
 * A change counts if the notches of the two medians, `median ± 1.57 IQR / √n`, do not overlap, it is more than 3 %, and each median has
 * at least five values. The interquartile range is taken as twice the median deviation, which holds for symmetric distributions.
 *
 * Source: McGill, Tukey, Larsen, "Variations of Box Plots", The American Statistician 32, 1978.
 */
export function compareReports(before: Report, after: Report): Comparison {
  const measured = ({ rows }: Report) =>
    new Map(rows.filter(({ error }) => error === undefined).map((row) => [rowKey(row), row]));
  const [earlier, later] = [measured(before), measured(after)];
  const differences = [...later].flatMap(([key, row]) => {
    const other = earlier.get(key);
    return other
      ? (Object.keys(FIGURES) as FigureName[]).flatMap((name) => differenceOf(other, row, name))
      : [];
  });
  const missing = (from: Map<string, Row>, other: Map<string, Row>) =>
    [...from].flatMap(([key, row]) => (other.has(key) ? [] : [rowTitle(row)]));
  return {
    differences,
    onlyBefore: missing(earlier, later),
    onlyAfter: missing(later, earlier),
    warnings: warningsOf(before, after),
  };
}

function differenceOf(earlier: Row, row: Row, name: FigureName): Difference[] {
  const [before, after] = [figureOf(earlier, name), figureOf(row, name)];
  if (!before || !after || before.median === 0) return [];
  const ratio = after.median / before.median;
  return [
    {
      row,
      figure: name,
      before,
      after,
      ratio,
      assessment: assess(before, after, name === 'framesPerSecond'),
    },
  ];
}

/** Assesses the difference of two figures. `rates` are better when larger. */
export function assess(before: Figure, after: Figure, rates: boolean): Assessment {
  if (before.clock !== after.clock) return 'clocks differ';
  if (Math.min(before.n, after.n) < MIN_VALUES) return 'no difference shown';
  const change = after.median - before.median;
  const apart = Math.abs(change) > notch(before) + notch(after);
  if (!apart || Math.abs(change) <= MIN_CHANGE * before.median) return 'no difference shown';
  return change > 0 === rates ? 'faster' : 'slower';
}

const notch = ({ mad, n, clock }: Figure) =>
  Math.max((1.57 * 2 * mad) / Math.sqrt(n), clock === 'gpu' ? TIMESTAMP_ERROR : 0);

function warningsOf(before: Report, after: Report): string[] {
  const warnings: string[] = [];
  const differ = (what: string, a: unknown, b: unknown) => {
    if (a !== undefined && b !== undefined && a !== b)
      warnings.push(`Different ${what}: ${String(a)} before, ${String(b)} after.`);
  };
  differ('GPU adapter', before.machine.adapter?.name, after.machine.adapter?.name);
  differ('CPU', before.machine.cpu, after.machine.cpu);
  differ('number of cores', before.machine.cores, after.machine.cores);
  differ('browser', before.machine.browser, after.machine.browser);
  differ('source', before.source.name ?? before.source.kind, after.source.name ?? after.source.kind);
  if (before.source.kind === 'file' && after.source.kind === 'file') {
    warnings.push('Both runs used a file. Reports do not contain whether it was the same file.');
  }
  const place = ({ settings: { worker } }: Report) =>
    worker === undefined ? undefined : worker ? 'a worker' : 'the page';
  differ('timing', before.settings.timing, after.settings.timing);
  differ('thread of the engine', place(before), place(after));
  differ('throughput test length in seconds', before.settings.seconds, after.settings.seconds);
  if (before.hidden) warnings.push(`Before: ${HIDDEN_WARNING}`);
  if (after.hidden) warnings.push(`After: ${HIDDEN_WARNING}`);
  return warnings;
}

/** `+12 %`. {@link Difference.assessment} says which direction is better. */
export function changeText(ratio: number): string {
  const percent = (ratio - 1) * 100;
  return `${percent < 0 ? '−' : '+'}${digits(Math.abs(percent))} %`;
}

/** A comparison as Markdown. */
export function comparisonMarkdown({ differences, onlyBefore, onlyAfter, warnings }: Comparison): string {
  const lines = differences.map(({ row, figure, before, after, ratio, assessment }) => [
    rowTitle(row),
    FIGURES[figure],
    figureText(before),
    figureText(after),
    changeText(ratio),
    assessment,
  ]);
  return [
    ...warnings.map(escapeMarkdown),
    markdownTable(['row', 'figure', 'before', 'after', 'change', 'assessment'], lines),
    ...onlyBefore.map((title) => escapeMarkdown(`Only before: ${title}.`)),
    ...onlyAfter.map((title) => escapeMarkdown(`Only after: ${title}.`)),
  ].join('\n\n');
}
