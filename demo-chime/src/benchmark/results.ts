import { Charts, fillTable, type TimedFrame } from './charts';
import { type Comparison, changeText, type Verdict } from './comparison';
import { type Report, rowLines } from './report';
import {
  CLOCK_WORDS,
  caveats,
  digits,
  FIGURES,
  type FigureName,
  figureOf,
  figureText,
  machineText,
  refusedText,
  settingsText,
} from './tables';

const find = (id: string) => document.getElementById(id) as HTMLElement;
const names = Object.keys(FIGURES) as FigureName[];

/** The part of the page that shows a report: of the run that is under way, or one that was opened. */
export class Results {
  readonly #charts = new Charts(find('charts'));
  readonly #table = find('figures') as HTMLTableElement;

  constructor() {
    // What scrolls is to be reached by the keyboard.
    for (const place of document.querySelectorAll<HTMLElement>('.scroll')) place.tabIndex = 0;
    find('clocks').textContent = CLOCK_WORDS;
  }

  show(report: Report, frames: readonly TimedFrame[]): void {
    find('results').hidden = false;
    find('about').textContent = `${machineText(report)}. ${settingsText(report)}`;
    fillList(find('caveats'), caveats(report));
    const measured = report.rows.filter(
      ({ error, ranges, framesPerSecond }) =>
        error === undefined && (framesPerSecond || ranges.frame || ranges.inference),
    );
    this.#charts.show(measured, frames);
    this.#fill(report);
  }

  #fill({ rows }: Report): void {
    const judged = rows.some(({ quality }) => quality);
    fillTable(
      this.#table,
      ['configuration', ...names.map((name) => FIGURES[name]), ...(judged ? ['IoU', 'boundary F'] : [])],
      rows.map((row) => {
        const { error, quality } = row;
        const refused = refusedText(row);
        const title = [...rowLines(row), ...(refused === undefined ? [] : [refused])].join('\n');
        if (error !== undefined) return [title, `failed: ${error}`];
        return [
          title,
          ...names.map((name) => {
            const figure = figureOf(row, name);
            return figure ? figureText(figure) : '–';
          }),
          ...(judged ? [quality ? digits(quality.iou) : '–', quality ? digits(quality.boundaryF) : '–'] : []),
        ];
      }),
    );
    for (const [index, row] of rows.entries()) {
      const line = this.#table.tBodies[0]?.rows[index];
      const cell = line?.cells[1];
      if (row.error === undefined || !cell) continue;
      cell.colSpan = names.length + (judged ? 2 : 0);
      cell.className = 'failed';
    }
    const references = [...new Set(rows.flatMap(({ quality }) => (quality ? [quality.reference] : [])))];
    find('clocks').textContent = judged
      ? `${CLOCK_WORDS} IoU and boundary F are against ${references.join('; ')}.`
      : CLOCK_WORDS;
  }
}

const signs: Record<Verdict, string> = {
  faster: '▲ faster',
  slower: '▼ slower',
  'no difference shown': '= no difference shown',
  'clocks differ': '? clocks differ',
};

/** Shows the differences of two reports. */
export function showComparison(comparison: Comparison | undefined, baseline: Report | undefined): void {
  const place = find('comparison');
  place.hidden = comparison === undefined;
  if (!comparison || !baseline) return;
  const { differences, onlyBefore, onlyAfter, warnings } = comparison;
  const count = (verdict: Verdict) =>
    differences.filter((difference) => difference.verdict === verdict).length;
  find('comparison-about').textContent =
    differences.length === 0
      ? 'The two reports have no configuration in common.'
      : `${count('faster')} faster, ${count('slower')} slower, ${count('no difference shown')} without a difference ` +
        `that the spread lets one see, since ${baseline.date.slice(0, 16).replace('T', ' ')}.`;
  fillList(find('comparison-notes'), [
    ...warnings,
    ...onlyBefore.map((title) => `Only in the earlier report: ${title}.`),
    ...onlyAfter.map((title) => `Only in the later report: ${title}.`),
  ]);
  const table = find('differences') as HTMLTableElement;
  fillTable(
    table,
    ['configuration', 'figure', 'before', 'after', 'change', 'verdict'],
    differences.map(({ row, figure, before, after, ratio, verdict }) => [
      rowLines(row).join('\n'),
      FIGURES[figure],
      figureText(before),
      figureText(after),
      changeText(ratio),
      signs[verdict],
    ]),
  );
  for (const [index, { verdict }] of differences.entries()) {
    const row = table.tBodies[0]?.rows[index];
    if (row) row.dataset.verdict = verdict;
  }
}

function fillList(list: HTMLElement, lines: readonly string[]): void {
  list.replaceChildren(
    ...lines.map((line) => {
      const item = document.createElement('li');
      item.textContent = line;
      return item;
    }),
  );
}
