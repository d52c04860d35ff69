/** Two reports side by side. Knows no page. */
import { type Figure, type Report, type Row, rowKey, rowTitle } from './report';
import {
  digits,
  escapeMarkdown,
  FIGURES,
  type FigureName,
  figureOf,
  figureText,
  HIDDEN_WORDS,
  markdownTable,
} from './tables';

/** What a difference comes to; `clocks differ` where there is none to speak of. */
export type Verdict = 'faster' | 'slower' | 'no difference shown' | 'clocks differ';

export interface Difference {
  row: Row;
  figure: FigureName;
  before: Figure;
  after: Figure;
  /** After over before. */
  ratio: number;
  verdict: Verdict;
}

export interface Comparison {
  differences: Difference[];
  /** Rows that only one of the two reports has, by title. */
  onlyBefore: string[];
  onlyAfter: string[];
  /** Why the two may not be comparable at all, in words. */
  warnings: string[];
}

/** A smaller change than this is not called one: runs on one machine differ by as much. */
const LEAST_CHANGE = 0.03;

/** Of fewer values than this no spread can be told, so no change either. */
const LEAST_VALUES = 5;

/** Half a step of the 0.1 ms that browsers round the GPU's timestamps to: equal values may differ by that. */
const TIMESTAMP_ERROR = 0.05;

/**
 * Sets a run beside an earlier one, row by row.
 *
 * A change is called one where the notches of the two medians do not overlap, `median ± 1.57 IQR / √n`, and it is more than three in
 * a hundred, of five values or more each. With the interquartile range taken as twice the median deviation, which it is for symmetric values.
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
    { row, figure: name, before, after, ratio, verdict: judge(before, after, name === 'framesPerSecond') },
  ];
}

/** What the difference of two figures comes to; `rates` are better when larger. */
export function judge(before: Figure, after: Figure, rates: boolean): Verdict {
  if (before.clock !== after.clock) return 'clocks differ';
  if (Math.min(before.n, after.n) < LEAST_VALUES) return 'no difference shown';
  const change = after.median - before.median;
  const apart = Math.abs(change) > notch(before) + notch(after);
  if (!apart || Math.abs(change) <= LEAST_CHANGE * before.median) return 'no difference shown';
  return change > 0 === rates ? 'faster' : 'slower';
}

const notch = ({ mad, n, clock }: Figure) =>
  Math.max((1.57 * 2 * mad) / Math.sqrt(n), clock === 'gpu' ? TIMESTAMP_ERROR : 0);

function warningsOf(before: Report, after: Report): string[] {
  const warnings: string[] = [];
  const differ = (what: string, a: unknown, b: unknown) => {
    if (a !== undefined && b !== undefined && a !== b)
      warnings.push(`Another ${what}: ${String(a)} before, ${String(b)} after.`);
  };
  differ('GPU adapter', before.machine.adapter?.name, after.machine.adapter?.name);
  differ('processor', before.machine.cpu, after.machine.cpu);
  differ('number of cores', before.machine.cores, after.machine.cores);
  differ('browser', before.machine.browser, after.machine.browser);
  differ('source', before.source.name ?? before.source.kind, after.source.name ?? after.source.kind);
  if (before.source.kind === 'file' && after.source.kind === 'file') {
    warnings.push('Both are of a file, and reports do not tell whether it is the same one.');
  }
  const place = ({ settings: { worker } }: Report) =>
    worker === undefined ? undefined : worker ? 'a worker' : 'the page';
  differ('timing', before.settings.timing, after.settings.timing);
  differ('place of the engine', place(before), place(after));
  differ('length of stretches in seconds', before.settings.seconds, after.settings.seconds);
  if (before.hidden) warnings.push(`Before: ${HIDDEN_WORDS}`);
  if (after.hidden) warnings.push(`After: ${HIDDEN_WORDS}`);
  return warnings;
}

/** `+12 %`; what is better is for {@link Difference.verdict} to say. */
export function changeText(ratio: number): string {
  const percent = (ratio - 1) * 100;
  return `${percent < 0 ? '−' : '+'}${digits(Math.abs(percent))} %`;
}

/** A comparison as Markdown. */
export function comparisonMarkdown({ differences, onlyBefore, onlyAfter, warnings }: Comparison): string {
  const lines = differences.map(({ row, figure, before, after, ratio, verdict }) => [
    rowTitle(row),
    FIGURES[figure],
    figureText(before),
    figureText(after),
    changeText(ratio),
    verdict,
  ]);
  return [
    ...warnings.map(escapeMarkdown),
    markdownTable(['row', 'figure', 'before', 'after', 'change', 'verdict'], lines),
    ...onlyBefore.map((title) => escapeMarkdown(`Only before: ${title}.`)),
    ...onlyAfter.map((title) => escapeMarkdown(`Only after: ${title}.`)),
  ].join('\n\n');
}
