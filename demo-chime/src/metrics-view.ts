import type { Clock, Distribution, Metrics, Stage } from 'cyclorama';

const stages: Record<Stage, string> = {
  import: 'Import',
  preprocess: 'Preprocess',
  inference: 'Inference',
  refine: 'Refine',
  composite: 'Composite',
  output: 'Output',
};

const spans = {
  inference: '(a) Inference',
  segmentation: '(b) Preprocess and inference',
  frame: '(c) Whole frame',
  queue: 'Waiting for its turn',
} as const;

const clocks: Record<Clock, string> = {
  cpu: 'thread',
  gpu: 'GPU',
  completed: 'until done',
};

const words: Record<Clock, string> = {
  cpu: 'The GPU’s part is not known yet.',
  gpu: 'GPU times are its own timestamps (clock: gpu).',
  completed:
    'GPU times are the page’s clock until the GPU was done, which was waited for (clock: completed).',
};

/** Where the figures of a {@link Metrics} event are written. */
export interface MetricsPlaces {
  /** Bodies of tables with the columns stage, bar, clock, p50, p95 and p99. */
  stages: HTMLElement;
  spans: HTMLElement;
  /** A sentence on what the times are. */
  clock: HTMLElement;
  counts: HTMLElement;
}

/** Writes the figures of a {@link Metrics} event into the page. */
export class MetricsView {
  readonly #places: MetricsPlaces;
  readonly #stages = new Map<Stage, { cpu: Row; gpu: Row }>();
  readonly #spans = new Map<keyof typeof spans, Row>();

  constructor(places: MetricsPlaces) {
    this.#places = places;
    for (const [stage, title] of Object.entries(stages) as [Stage, string][]) {
      const [cpu, gpu] = [new Row(title, 2), new Row(title, 0)];
      places.stages.append(cpu.element, gpu.element);
      this.#stages.set(stage, { cpu, gpu });
    }
    for (const [span, title] of Object.entries(spans) as [keyof typeof spans, string][]) {
      const row = new Row(title, 1);
      places.spans.append(row.element);
      this.#spans.set(span, row);
    }
  }

  show(metrics: Metrics): void {
    const { frames, framesPerSecond, framesPerMask, memory, ranges, queue } = metrics;
    const whole = ranges.frame?.p50 ?? 0;
    if (metrics.stages) {
      this.#places.clock.textContent = words[metrics.stages.composite.gpu?.clock ?? 'cpu'];
      for (const [stage, { cpu, gpu }] of this.#stages) {
        cpu.show(metrics.stages[stage].cpu, whole);
        gpu.show(metrics.stages[stage].gpu, whole);
      }
    }
    for (const [span, row] of this.#spans) row.show(span === 'queue' ? queue : ranges[span], whole);
    this.#places.counts.replaceChildren(
      ...count('Frames per second', framesPerSecond.toFixed(1)),
      ...count('Frames per mask', framesPerMask?.toFixed(1) ?? '–'),
      ...count('Wasm memory', megabytes(memory.wasm)),
      ...count('Network', megabytes(memory.model)),
      ...count('JavaScript', megabytes(memory.heap)),
      ...count('Frames in', frames.in),
      ...count('Out', frames.out),
      ...count('Dropped', frames.dropped),
      ...count('Processed', frames.processed),
      ...count('Hidden', frames.hidden),
      ...count('Raw', frames.raw),
      ...count('Failed', frames.failed),
    );
  }
}

/** One distribution, beside others of the same frames. */
class Row {
  readonly element = document.createElement('tr');
  readonly #bar = document.createElement('meter');
  readonly #clock = document.createElement('td');
  readonly #figures = [0, 1, 2].map(() => document.createElement('td'));

  /** Has a heading for so many rows, none where the one before has it. */
  constructor(title: string, rows: number) {
    if (rows > 0) {
      const head = document.createElement('th');
      head.scope = rows > 1 ? 'rowgroup' : 'row';
      head.rowSpan = rows;
      head.textContent = title;
      this.element.append(head);
    }
    this.#bar.ariaLabel = `${title}: share of the whole frame`;
    const bar = document.createElement('td');
    bar.className = 'bar';
    bar.append(this.#bar);
    this.element.append(bar, this.#clock, ...this.#figures);
    this.show(undefined, 0);
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
