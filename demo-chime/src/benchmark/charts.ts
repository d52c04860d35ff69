import {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  type ChartConfiguration,
  type ChartDataset,
  Legend,
  LinearScale,
  LineElement,
  PointElement,
  ScatterController,
  Tooltip,
} from 'chart.js';
import { BarWithErrorBar, BarWithErrorBarsController } from 'chartjs-chart-error-bars';
import { type Figure, type Row, rowKey, rowLines, rowTitle, STAGES } from './report';
import { digits, FIGURES, figureText } from './tables';

Chart.register(
  BarController,
  BarWithErrorBarsController,
  BarWithErrorBar,
  BarElement,
  CategoryScale,
  Legend,
  LinearScale,
  LineElement,
  PointElement,
  ScatterController,
  Tooltip,
);

/** A single frame of the run: the key of its row, its start and its duration, in milliseconds. */
export interface TimedFrame {
  row: string;
  at: number;
  took: number;
}

/** The colors of Okabe and Ito, which color-blind people can distinguish, adapted to light and dark pages. */
const palettes = {
  light: ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#d55e00', '#56b4e9', '#7a6a00', '#555f66'],
  dark: ['#56b4e9', '#f0b93a', '#2fc79a', '#e29bc4', '#ff8a4c', '#8ecbf0', '#e0d85a', '#aab4bb'],
} as const;

Chart.defaults.font.family = getComputedStyle(document.documentElement).fontFamily;

/** The largest thickness of a bar, and the height of a chart's row, in CSS pixels. */
const THICKNESS = 16;
const ROW = 50;

const dark = matchMedia('(prefers-color-scheme: dark)');

/** The charts of the page. Every chart is also a table, for screen readers. */
export class Charts {
  readonly #charts: Drawing[];
  #rows: readonly Row[] = [];
  #frames: readonly TimedFrame[] = [];

  constructor(place: HTMLElement) {
    this.#charts = [
      new Drawing(
        place,
        'stages',
        'Stages of a frame',
        'Medians in milliseconds, stacked. On the GPU or until completed.',
        drawStages,
      ),
      new Drawing(
        place,
        'ranges',
        'Inference, segmentation, whole frame',
        'Medians in milliseconds, whiskers from p5 to p95. Shorter is better.',
        drawRanges,
      ),
      new Drawing(
        place,
        'rates',
        'Frames per second',
        'Throughput of the whole pipeline. Medians of the rounds, whiskers from p5 to p95. Longer is better.',
        drawRates,
      ),
      new Drawing(
        place,
        'timeline',
        'Timeline',
        'Duration of every single frame by the page’s own clock, over the time of the run.',
        drawTimeline,
      ),
    ];
    dark.addEventListener('change', () => this.#draw());
  }

  /** Shows rows. Without frames, as in a loaded report, there is no timeline. */
  show(rows: readonly Row[], frames: readonly TimedFrame[]): void {
    this.#rows = rows;
    this.#frames = frames;
    this.#draw();
  }

  #draw(): void {
    for (const chart of this.#charts) chart.draw(this.#rows, this.#frames);
  }
}

/** The content of a chart, and the same as text. */
interface Content {
  configuration: ChartConfiguration;
  /** In CSS pixels. */
  height: number;
  label: string;
  header: readonly string[];
  lines: readonly (readonly string[])[];
}

type Draw = (rows: readonly Row[], frames: readonly TimedFrame[], colors: Colors) => Content | undefined;

interface Colors {
  series: readonly string[];
  text: string;
  quiet: string;
  line: string;
}

/** A chart with its heading, its description and its table. */
class Drawing {
  readonly #figure = document.createElement('figure');
  readonly #frame = document.createElement('div');
  readonly #canvas = document.createElement('canvas');
  readonly #table = document.createElement('table');
  readonly #draw: Draw;
  #chart: Chart | undefined;

  constructor(place: HTMLElement, name: string, title: string, note: string, draw: Draw) {
    this.#draw = draw;
    this.#figure.className = 'chart';
    this.#figure.dataset.chart = name;
    const heading = document.createElement('h3');
    heading.textContent = title;
    const description = document.createElement('p');
    description.className = 'note';
    description.textContent = note;
    this.#frame.className = 'canvas';
    this.#canvas.setAttribute('role', 'img');
    this.#frame.append(this.#canvas);
    const details = document.createElement('details');
    const summary = document.createElement('summary');
    summary.textContent = 'Table';
    summary.ariaLabel = `Table: ${title}`;
    const scroll = document.createElement('section');
    scroll.className = 'scroll';
    scroll.tabIndex = 0;
    scroll.ariaLabel = `Table: ${title}`;
    scroll.append(this.#table);
    details.append(summary, scroll);
    this.#figure.append(heading, description, this.#frame, details);
    this.#figure.hidden = true;
    place.append(this.#figure);
  }

  draw(rows: readonly Row[], frames: readonly TimedFrame[]): void {
    const content = this.#draw(rows, frames, currentColors());
    this.#figure.hidden = content === undefined;
    if (!content) return;
    const { configuration, height, label, header, lines } = content;
    this.#canvas.ariaLabel = label;
    this.#frame.style.height = `${height}px`;
    fillTable(this.#table, header, lines);
    if (this.#chart) {
      this.#chart.data = configuration.data;
      this.#chart.options = configuration.options ?? {};
      this.#chart.update();
    } else {
      this.#chart = new Chart(this.#canvas, configuration);
    }
  }
}

/** Fills a table with text. The first cell of a line is its heading. */
export function fillTable(
  table: HTMLTableElement,
  header: readonly string[],
  lines: readonly (readonly string[])[],
): void {
  const head = document.createElement('tr');
  head.append(...header.map((text) => cell('th', text, 'col')));
  const body = lines.map((line) => {
    const row = document.createElement('tr');
    row.append(...line.map((text, index) => (index === 0 ? cell('th', text, 'row') : cell('td', text))));
    return row;
  });
  const [thead, tbody] = [document.createElement('thead'), document.createElement('tbody')];
  thead.append(head);
  tbody.append(...body);
  table.replaceChildren(thead, tbody);
}

function cell(kind: 'th' | 'td', text: string, scope?: 'col' | 'row'): HTMLTableCellElement {
  const made = document.createElement(kind);
  made.textContent = text;
  if (scope) made.scope = scope;
  return made;
}

function currentColors(): Colors {
  const style = getComputedStyle(document.documentElement);
  // The value of a custom property is text. The color of an element is the resolved value.
  const resolve = (name: string) => {
    const probe = document.createElement('span');
    probe.style.color = `var(${name})`;
    document.body.append(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  };
  return {
    series: dark.matches ? palettes.dark : palettes.light,
    text: style.color,
    quiet: resolve('--quiet'),
    line: resolve('--line'),
  };
}

/** Bars with or without whiskers, one dataset per figure. */
type Bars = ChartDataset<'bar' | 'barWithErrorBars'>[];

/** The common configuration of all bar charts: horizontal, so that long names fit on a phone. */
function bars(
  type: 'bar' | 'barWithErrorBars',
  rows: readonly Row[],
  datasets: Bars,
  { text, quiet, line }: Colors,
): ChartConfiguration {
  const stacked = type === 'bar';
  const configuration: ChartConfiguration<'bar' | 'barWithErrorBars'> = {
    type,
    data: { labels: rows.map(rowLines), datasets },
    options: {
      indexAxis: 'y',
      // Animations would redraw during the measurement.
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      scales: {
        x: {
          stacked,
          beginAtZero: true,
          grid: { color: line },
          border: { color: line },
          ticks: { color: quiet },
        },
        y: {
          stacked,
          grid: { display: false },
          border: { color: line },
          ticks: {
            color: text,
            autoSkip: false,
            // On a phone, the names take half of the width.
            font: ({ chart: { width } }) => ({ size: width < 420 ? 9.5 : 11 }),
            crossAlign: 'far',
          },
        },
      },
      plugins: {
        legend: {
          display: datasets.length > 1,
          position: 'top',
          align: 'start',
          labels: { color: text, boxWidth: 12, boxHeight: 12 },
        },
        tooltip: {
          callbacks: {
            title([item]) {
              const row = item && rows[item.dataIndex];
              return row ? rowTitle(row) : '';
            },
          },
        },
      },
    },
  };
  return configuration as ChartConfiguration;
}

const chartHeight = (rows: number, perRow: number) => rows * perRow + 84;

function whiskers(figure: Figure | undefined) {
  // Without a figure neither bar nor whiskers are drawn.
  if (!figure) return { x: Number.NaN, xMin: Number.NaN, xMax: Number.NaN };
  return { x: figure.median, xMin: figure.p5, xMax: figure.p95 };
}

const shown = (figure: Figure | undefined) => (figure ? figureText(figure) : '–');

function drawStages(
  rows: readonly Row[],
  _frames: readonly TimedFrame[],
  colors: Colors,
): Content | undefined {
  // Without a GPU timing, the time of the thread is used.
  const figureFor = ({ stages }: Row, stage: string) => stages[stage]?.gpu ?? stages[stage]?.cpu;
  const timed = rows.filter((row) => STAGES.some((stage) => figureFor(row, stage)));
  if (timed.length === 0) return undefined;
  const datasets = STAGES.map((stage, index) => ({
    label: stage,
    data: timed.map((row) => figureFor(row, stage)?.median ?? 0),
    backgroundColor: colors.series[index] ?? colors.text,
    maxBarThickness: THICKNESS + 6,
  }));
  return {
    configuration: bars('bar', timed, datasets, colors),
    height: chartHeight(timed.length, ROW),
    label: `Stacked bars: the duration of each stage in ${timed.length} configurations. The table below has the values.`,
    header: ['configuration', ...STAGES],
    lines: timed.map((row) => [
      rowLines(row).join('\n'),
      ...STAGES.map((stage) => shown(figureFor(row, stage))),
    ]),
  };
}

function drawRanges(
  rows: readonly Row[],
  _frames: readonly TimedFrame[],
  colors: Colors,
): Content | undefined {
  const names = ['inference', 'segmentation', 'frame'] as const;
  const timed = rows.filter(({ ranges }) => names.some((name) => ranges[name]));
  if (timed.length === 0) return undefined;
  const datasets = names.map((name, index) => ({
    label: FIGURES[name],
    data: timed.map(({ ranges }) => whiskers(ranges[name])),
    backgroundColor: colors.series[[2, 1, 0][index] ?? 0] ?? colors.text,
    errorBarColor: colors.text,
    errorBarWhiskerColor: colors.text,
    errorBarWhiskerSize: 6,
    maxBarThickness: THICKNESS,
  }));
  return {
    configuration: bars('barWithErrorBars', timed, datasets, colors),
    height: chartHeight(timed.length, ROW + 14),
    label: `Bars: inference, preprocessing with inference, and the whole frame in ${timed.length} configurations. The table below has the values.`,
    header: ['configuration', ...names.map((name) => FIGURES[name])],
    lines: timed.map((row) => [rowLines(row).join('\n'), ...names.map((name) => shown(row.ranges[name]))]),
  };
}

function drawRates(
  rows: readonly Row[],
  _frames: readonly TimedFrame[],
  colors: Colors,
): Content | undefined {
  const timed = rows.filter(({ framesPerSecond }) => framesPerSecond);
  if (timed.length === 0) return undefined;
  const dataset = {
    label: FIGURES.framesPerSecond,
    data: timed.map(({ framesPerSecond }) => whiskers(framesPerSecond)),
    backgroundColor: colors.series[2] ?? colors.text,
    errorBarColor: colors.text,
    errorBarWhiskerColor: colors.text,
    errorBarWhiskerSize: 6,
    maxBarThickness: THICKNESS,
  };
  return {
    configuration: bars('barWithErrorBars', timed, [dataset], colors),
    height: chartHeight(timed.length, ROW - 4) - 24,
    label: `Bars: frames per second in ${timed.length} configurations. The table below has the values.`,
    header: ['configuration', FIGURES.framesPerSecond],
    lines: timed.map((row) => [rowLines(row).join('\n'), shown(row.framesPerSecond)]),
  };
}

function drawTimeline(
  rows: readonly Row[],
  frames: readonly TimedFrame[],
  colors: Colors,
): Content | undefined {
  if (frames.length === 0) return undefined;
  const start = Math.min(...frames.map(({ at }) => at));
  const shapes = ['circle', 'rect', 'triangle', 'rectRot'] as const;
  const present = rows.flatMap((row) => {
    const key = rowKey(row);
    const own = frames.filter((frame) => frame.row === key);
    return own.length > 0 ? [{ row, own }] : [];
  });
  const datasets = present.map(({ row, own }, index) => ({
    label: rowTitle(row),
    data: own.map(({ at, took }) => ({ x: (at - start) / 1000, y: took })),
    backgroundColor: colors.series[index % colors.series.length] ?? colors.text,
    borderColor: colors.series[index % colors.series.length] ?? colors.text,
    pointStyle: shapes[Math.floor(index / colors.series.length) % shapes.length] ?? 'circle',
    pointRadius: 3,
  }));
  const { text, quiet, line } = colors;
  const axis = (title: string) => ({
    beginAtZero: true,
    grid: { color: line },
    border: { color: line },
    ticks: { color: quiet },
    title: { display: true, text: title, color: quiet },
  });
  const configuration: ChartConfiguration<'scatter'> = {
    type: 'scatter',
    data: { datasets },
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      scales: { x: axis('seconds'), y: axis('milliseconds') },
      plugins: {
        // A longer legend would leave no room for the chart.
        legend: {
          display: datasets.length <= 8,
          position: 'bottom',
          align: 'start',
          labels: { color: text, usePointStyle: true, boxWidth: 6, boxHeight: 6, font: { size: 11 } },
        },
      },
    },
  };
  return {
    configuration: configuration as ChartConfiguration,
    height: 300 + (datasets.length <= 8 ? 22 * datasets.length : 0),
    label: `Points: the duration of each of ${frames.length} frames over the time of the run. The table below summarizes them.`,
    header: ['configuration', 'frames', 'shortest', 'median', 'longest'],
    lines: present.map(({ row, own }) => {
      const sorted = own.map(({ took }) => took).sort((a, b) => a - b);
      const at = (fraction: number) => digits(sorted[Math.floor((sorted.length - 1) * fraction)] ?? 0);
      return [rowLines(row).join('\n'), String(own.length), at(0), at(0.5), at(1)];
    }),
  };
}
