import { Charts, fillTable, type TimedFrame } from './charts';
import { type Assessment, type Comparison, changeText } from './comparison';
import { type Report, rowLines } from './report';
import {
  CLOCK_TEXT,
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

/** Shows a report in the page: of the current run, or one that was opened. */
export class Results {
  readonly #charts = new Charts(find('charts'));
  readonly #table = find('figures') as HTMLTableElement;

  constructor() {
    // Scrollable areas must be reachable by keyboard.
    for (const place of document.querySelectorAll<HTMLElement>('.scroll')) place.tabIndex = 0;
    find('clocks').textContent = CLOCK_TEXT;
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
    const hasQuality = rows.some(({ quality }) => quality);
    fillTable(
      this.#table,
      ['configuration', ...names.map((name) => FIGURES[name]), ...(hasQuality ? ['IoU', 'boundary F'] : [])],
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
          ...(hasQuality
            ? [quality ? digits(quality.iou) : '–', quality ? digits(quality.boundaryF) : '–']
            : []),
        ];
      }),
    );
    for (const [index, row] of rows.entries()) {
      const line = this.#table.tBodies[0]?.rows[index];
      const cell = line?.cells[1];
      if (row.error === undefined || !cell) continue;
      cell.colSpan = names.length + (hasQuality ? 2 : 0);
      cell.className = 'failed';
    }
    const references = [...new Set(rows.flatMap(({ quality }) => (quality ? [quality.reference] : [])))];
    find('clocks').textContent = hasQuality
      ? `${CLOCK_TEXT} IoU and boundary F are relative to ${references.join('; ')}.`
      : CLOCK_TEXT;
  }
}

const signs: Record<Assessment, string> = {
  faster: '▲ faster',
  slower: '▼ slower',
  'no difference shown': '= no difference shown',
  'clocks differ': '? clocks differ',
};

/** Shows the differences between two reports. */
export function showComparison(comparison: Comparison | undefined, baseline: Report | undefined): void {
  const place = find('comparison');
  place.hidden = comparison === undefined;
  if (!comparison || !baseline) return;
  const { differences, onlyBefore, onlyAfter, warnings } = comparison;
  const count = (assessment: Assessment) =>
    differences.filter((difference) => difference.assessment === assessment).length;
  find('comparison-about').textContent =
    differences.length === 0
      ? 'The two reports have no configuration in common.'
      : `${count('faster')} faster, ${count('slower')} slower, ${count('no difference shown')} without a ` +
        `significant difference, compared with ${baseline.date.slice(0, 16).replace('T', ' ')}.`;
  fillList(find('comparison-notes'), [
    ...warnings,
    ...onlyBefore.map((title) => `Only in the earlier report: ${title}.`),
    ...onlyAfter.map((title) => `Only in the later report: ${title}.`),
  ]);
  const table = find('differences') as HTMLTableElement;
  fillTable(
    table,
    ['configuration', 'figure', 'before', 'after', 'change', 'assessment'],
    differences.map(({ row, figure, before, after, ratio, assessment }) => [
      rowLines(row).join('\n'),
      FIGURES[figure],
      figureText(before),
      figureText(after),
      changeText(ratio),
      signs[assessment],
    ]),
  );
  for (const [index, { assessment }] of differences.entries()) {
    const row = table.tBodies[0]?.rows[index];
    if (row) row.dataset.assessment = assessment;
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
