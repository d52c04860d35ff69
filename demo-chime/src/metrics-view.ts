import type { Clock, Metrics, Stage } from 'cyclorama';

const stages: Record<Stage, string> = {
  import: 'Import',
  preprocess: 'Preprocess',
  inference: 'Inference',
  refine: 'Refine',
  composite: 'Composite',
  output: 'Output',
  total: 'Whole frame',
};

const clocks: Record<Clock, string> = {
  encode: 'Milliseconds on the page’s clock until the work was handed to the GPU (clock: encode).',
  completed: 'Milliseconds on the page’s clock until the GPU had done the work (clock: completed).',
};

/** Writes the figures of a {@link Metrics} event into the page. */
export class MetricsView {
  readonly #rows = new Map<Stage, { bar: HTMLMeterElement; cells: HTMLTableCellElement[] }>();
  readonly #clock: HTMLElement;
  readonly #counts: HTMLElement;

  constructor(body: HTMLElement, clock: HTMLElement, counts: HTMLElement) {
    this.#clock = clock;
    this.#counts = counts;
    for (const [stage, title] of Object.entries(stages) as [Stage, string][]) {
      const head = document.createElement('th');
      head.scope = 'row';
      head.textContent = title;
      const bar = document.createElement('meter');
      bar.ariaLabel = `${title}: share of the whole frame`;
      const barCell = document.createElement('td');
      barCell.append(bar);
      const cells = [0, 1, 2].map(() => document.createElement('td'));
      for (const cell of cells) cell.textContent = '–';
      const row = document.createElement('tr');
      row.append(head, barCell, ...cells);
      body.append(row);
      this.#rows.set(stage, { bar, cells });
    }
  }

  show({ stages, frames, framesPerSecond }: Metrics): void {
    if (stages) {
      this.#clock.textContent = clocks[stages.total.clock];
      for (const [stage, { bar, cells }] of this.#rows) {
        const { last, median, p95 } = stages[stage];
        bar.max = Math.max(stages.total.median, Number.MIN_VALUE);
        bar.value = median;
        for (const [index, value] of [last, median, p95].entries()) {
          const cell = cells[index];
          if (cell) cell.textContent = value.toFixed(1);
        }
      }
    }
    this.#counts.replaceChildren(
      ...count('Frames per second', framesPerSecond.toFixed(1)),
      ...count('Frames in', frames.in),
      ...count('Processed', frames.processed),
      ...count('Hidden', frames.hidden),
      ...count('Raw', frames.raw),
      ...count('Failed', frames.failed),
    );
  }
}

function count(title: string, value: string | number): HTMLElement[] {
  const group = document.createElement('div');
  const term = document.createElement('dt');
  term.textContent = title;
  const figure = document.createElement('dd');
  figure.textContent = String(value);
  group.append(term, figure);
  return [group];
}
