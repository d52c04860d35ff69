import type { Clock, Distribution, Metrics, Stage } from 'cyclorama';

const stages: Record<Stage, string> = {
  import: 'Import',
  preprocess: 'Preprocess',
  inference: 'Inference',
  refine: 'Refine',
  composite: 'Composite',
  output: 'Output',
};

const ranges = {
  inference: '(a) Inference',
  segmentation: '(b) Segmentation',
  frame: '(c) Whole frame',
  queue: 'Queue',
} as const;

const clocks: Record<Clock, string> = {
  cpu: 'thread',
  gpu: 'GPU',
  completed: 'completed',
};

const NO_GPU = 'This backend uses no GPU. “Thread” is the time of all work.';

const clockText: Record<Clock, string> = {
  cpu: 'GPU timings are not available yet. “Thread” is the time until the work was submitted.',
  gpu: 'GPU timings are timestamps of the GPU (clock: gpu). “Thread” is the time until the work was submitted.',
  completed:
    'GPU timings are the wall-clock time until the work was completed (clock: completed). “Thread” is the time until the work was submitted.',
};

/** The elements that show a {@link Metrics} event. */
export interface MetricsPlaces {
  /** Bodies of tables with the columns stage, bar, clock, p50, p95 and p99. */
  stages: HTMLElement;
  ranges: HTMLElement;
  /** A sentence that describes the clocks. */
  clock: HTMLElement;
  counts: HTMLElement;
}

/** Shows a {@link Metrics} event in the page. */
export class MetricsView {
  readonly #places: MetricsPlaces;
  readonly #stages = new Map<Stage, { cpu: Row; gpu: Row }>();
  readonly #ranges = new Map<keyof typeof ranges, Row>();

  constructor(places: MetricsPlaces) {
    this.#places = places;
    for (const [stage, title] of Object.entries(stages) as [Stage, string][]) {
      const [cpu, gpu] = [new Row(title, 2), new Row(title, 0)];
      places.stages.append(cpu.element, gpu.element);
      this.#stages.set(stage, { cpu, gpu });
    }
    for (const [range, title] of Object.entries(ranges) as [keyof typeof ranges, string][]) {
      const row = new Row(title, 1);
      places.ranges.append(row.element);
      this.#ranges.set(range, row);
    }
  }

  show(metrics: Metrics): void {
    const { frames, framesPerSecond, framesPerMask, memory, queue } = metrics;
    const whole = metrics.ranges.frame?.p50 ?? 0;
    if (metrics.stages) {
      const clock = metrics.stages.composite.gpu?.clock ?? 'cpu';
      this.#places.clock.textContent = metrics.backend === 'cpu' ? NO_GPU : clockText[clock];
    }
    for (const [stage, { cpu, gpu }] of this.#stages) {
      gpu.element.hidden = metrics.backend === 'cpu';
      cpu.span = metrics.backend === 'cpu' ? 1 : 2;
      if (!metrics.stages) continue;
      cpu.show(metrics.stages[stage].cpu, whole);
      gpu.show(metrics.stages[stage].gpu, whole);
    }
    for (const [range, row] of this.#ranges) {
      row.show(range === 'queue' ? queue : metrics.ranges[range], whole);
    }
    this.#places.counts.replaceChildren(
      ...count('FPS', framesPerSecond.toFixed(1)),
      ...count('Frames per mask', framesPerMask?.toFixed(1) ?? '–'),
      ...count('Wasm memory', megabytes(memory.wasm)),
      ...count('Model memory', megabytes(memory.model)),
      ...count('JavaScript heap', megabytes(memory.heap)),
      ...count('Frames in', frames.in),
      ...count('Frames out', frames.out),
      ...count('Dropped', frames.dropped),
      ...count('Processed', frames.processed),
      ...count('Hidden', frames.hidden),
      ...count('Raw', frames.raw),
      ...count('Failed', frames.failed),
    );
  }
}

/** A table row with the percentiles of one distribution. */
class Row {
  readonly element = document.createElement('tr');
  readonly #bar = document.createElement('meter');
  readonly #clock = document.createElement('td');
  readonly #figures = [0, 1, 2].map(() => document.createElement('td'));

  /** @param rows the number of rows that the heading covers; 0 if the row above has the heading. */
  constructor(title: string, rows: number) {
    if (rows > 0) {
      const head = document.createElement('th');
      head.scope = rows > 1 ? 'rowgroup' : 'row';
      head.rowSpan = rows;
      head.textContent = title;
      this.element.append(head);
    }
    this.#bar.ariaLabel = `${title}: fraction of the whole frame`;
    const bar = document.createElement('td');
    bar.className = 'bar';
    bar.append(this.#bar);
    this.element.append(bar, this.#clock, ...this.#figures);
    this.show(undefined, 0);
  }

  /** The number of rows that the heading covers. */
  set span(rows: number) {
    const [head] = this.element.cells;
    if (head) head.rowSpan = rows;
  }

  show(distribution: Distribution | undefined, whole: number): void {
    this.#bar.max = Math.max(whole, Number.MIN_VALUE);
    this.#bar.value = distribution?.p50 ?? 0;
    this.#clock.textContent = distribution ? clocks[distribution.clock] : '–';
    const { p50, p95, p99 } = distribution ?? {};
    for (const [index, value] of [p50, p95, p99].entries()) {
      const cell = this.#figures[index];
      if (cell) cell.textContent = value?.toFixed(1) ?? '–';
    }
  }
}

function megabytes(bytes: number | undefined): string {
  return bytes === undefined ? '–' : `${(bytes / 1e6).toFixed(1)} MB`;
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
