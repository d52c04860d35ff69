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

/** A single frame of the run: of which row, by its key, when and how long, in milliseconds. */
export interface TimedFrame {
  row: string;
  at: number;
  took: number;
}

/** Okabe and Ito's colours, which the colour-blind can tell apart, as they suit each page. */
const palettes = {
  light: ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#d55e00', '#56b4e9', '#7a6a00', '#555f66'],
  dark: ['#56b4e9', '#f0b93a', '#2fc79a', '#e29bc4', '#ff8a4c', '#8ecbf0', '#e0d85a', '#aab4bb'],
} as const;

Chart.defaults.font.family = getComputedStyle(document.documentElement).fontFamily;

/** Bars are at most so thick, and a row of a chart so high, in CSS pixels. */
const THICKNESS = 16;
const ROW = 50;

const dark = matchMedia('(prefers-color-scheme: dark)');

/** The page's charts; every chart is also a table, which is how it reads without eyes for it. */
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
        'Milliseconds, medians one on the other; on the GPU or until it was done.',
        drawStages,
      ),
      new Drawing(
        place,
        'ranges',
        'Inference, segmentation, whole frame',
        'Milliseconds, medians; whiskers from p5 to p95. Shorter is better.',
        drawRanges,
      ),
      new Drawing(
        place,
        'rates',
        'Frames per second',
        'Of the whole pipeline, without a pause. Medians of the rounds; whiskers from p5 to p95. Longer is better.',
        drawRates,
      ),
      new Drawing(
        place,
        'timeline',
        'Time line',
        'Every single frame of the run by the page’s own clock, in milliseconds, as the seconds went by.',
        drawTimeline,
      ),
    ];
    dark.addEventListener('change', () => this.#draw());
  }

  /** Shows figures; without frames there is no time line, as in a report that was loaded. */
  show(rows: readonly Row[], frames: readonly TimedFrame[]): void {
    this.#rows = rows;
    this.#frames = frames;
    this.#draw();
  }

  #draw(): void {
    for (const chart of this.#charts) chart.draw(this.#rows, this.#frames);
  }
}

/** What a chart shows, and the same in words. */
interface Content {
  configuration: ChartConfiguration;
  /** In CSS pixels. */
  height: number;
  label: string;
  header: readonly string[];
  lines: readonly (readonly string[])[];
}

type Draw = (rows: readonly Row[], frames: readonly TimedFrame[], colours: Colours) => Content | undefined;

interface Colours {
  series: readonly string[];
  text: string;
  quiet: string;
  line: string;
}

/** A chart with its heading, its words and its table. */
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
    const words = document.createElement('p');
    words.className = 'note';
    words.textContent = note;
    this.#frame.className = 'canvas';
    this.#canvas.setAttribute('role', 'img');
    this.#frame.append(this.#canvas);
    const details = document.createElement('details');
    const summary = document.createElement('summary');
    summary.textContent = `${title} as a table`;
    const scroll = document.createElement('section');
    scroll.className = 'scroll';
    scroll.tabIndex = 0;
    scroll.ariaLabel = `${title} as a table`;
    scroll.append(this.#table);
    details.append(summary, scroll);
    this.#figure.append(heading, words, this.#frame, details);
    this.#figure.hidden = true;
    place.append(this.#figure);
  }

  draw(rows: readonly Row[], frames: readonly TimedFrame[]): void {
    const content = this.#draw(rows, frames, coloursOfNow());
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

/** Fills a table with text: the first cell of a line is its head. */
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

function coloursOfNow(): Colours {
  const style = getComputedStyle(document.documentElement);
  // A custom property's value is text: an element's colour is what the browser makes of it.
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

/** Bars, one for each figure, with or without whiskers. */
type Bars = ChartDataset<'bar' | 'barWithErrorBars'>[];

/** What all bars have in common: lying, so that long names have room, and narrow enough for a phone. */
function bars(
  type: 'bar' | 'barWithErrorBars',
  rows: readonly Row[],
  datasets: Bars,
  { text, quiet, line }: Colours,
): ChartConfiguration {
  const stacked = type === 'bar';
  const configuration: ChartConfiguration<'bar' | 'barWithErrorBars'> = {
    type,
    data: { labels: rows.map(rowLines), datasets },
    options: {
      indexAxis: 'y',
      // What moves is drawn again and again, beside what is measured.
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
            // On a phone the names have half the width, and the bars the other.
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
  // A bar without a figure is none, and so are its whiskers.
  if (!figure) return { x: Number.NaN, xMin: Number.NaN, xMax: Number.NaN };
  return { x: figure.median, xMin: figure.p5, xMax: figure.p95 };
}

const shown = (figure: Figure | undefined) => (figure ? figureText(figure) : '–');

function drawStages(
  rows: readonly Row[],
  _frames: readonly TimedFrame[],
  colours: Colours,
): Content | undefined {
  // Without a figure of the GPU a stage is what the thread took for it.
  const figureFor = ({ stages }: Row, stage: string) => stages[stage]?.gpu ?? stages[stage]?.cpu;
  const timed = rows.filter((row) => STAGES.some((stage) => row.stages[stage]?.gpu));
  if (timed.length === 0) return undefined;
  const datasets = STAGES.map((stage, index) => ({
    label: stage,
    data: timed.map((row) => figureFor(row, stage)?.median ?? 0),
    backgroundColor: colours.series[index] ?? colours.text,
    maxBarThickness: THICKNESS + 6,
  }));
  return {
    configuration: bars('bar', timed, datasets, colours),
    height: chartHeight(timed.length, ROW),
    label: `Stacked bars: what each stage of a frame takes in ${timed.length} configurations. The table below has the figures.`,
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
  colours: Colours,
): Content | undefined {
  const names = ['inference', 'segmentation', 'frame'] as const;
  const timed = rows.filter(({ ranges }) => names.some((name) => ranges[name]));
  if (timed.length === 0) return undefined;
  const datasets = names.map((name, index) => ({
    label: FIGURES[name],
    data: timed.map(({ ranges }) => whiskers(ranges[name])),
    backgroundColor: colours.series[[2, 1, 0][index] ?? 0] ?? colours.text,
    errorBarColor: colours.text,
    errorBarWhiskerColor: colours.text,
    errorBarWhiskerSize: 6,
    maxBarThickness: THICKNESS,
  }));
  return {
    configuration: bars('barWithErrorBars', timed, datasets, colours),
    height: chartHeight(timed.length, ROW + 14),
    label: `Bars: inference, preprocessing with inference, and the whole frame in ${timed.length} configurations. The table below has the figures.`,
    header: ['configuration', ...names.map((name) => FIGURES[name])],
    lines: timed.map((row) => [rowLines(row).join('\n'), ...names.map((name) => shown(row.ranges[name]))]),
  };
}

function drawRates(
  rows: readonly Row[],
  _frames: readonly TimedFrame[],
  colours: Colours,
): Content | undefined {
  const timed = rows.filter(({ framesPerSecond }) => framesPerSecond);
  if (timed.length === 0) return undefined;
  const dataset = {
    label: FIGURES.framesPerSecond,
    data: timed.map(({ framesPerSecond }) => whiskers(framesPerSecond)),
    backgroundColor: colours.series[2] ?? colours.text,
    errorBarColor: colours.text,
    errorBarWhiskerColor: colours.text,
    errorBarWhiskerSize: 6,
    maxBarThickness: THICKNESS,
  };
  return {
    configuration: bars('barWithErrorBars', timed, [dataset], colours),
    height: chartHeight(timed.length, ROW - 4) - 24,
    label: `Bars: frames per second in ${timed.length} configurations. The table below has the figures.`,
    header: ['configuration', FIGURES.framesPerSecond],
    lines: timed.map((row) => [rowLines(row).join('\n'), shown(row.framesPerSecond)]),
  };
}

function drawTimeline(
  rows: readonly Row[],
  frames: readonly TimedFrame[],
  colours: Colours,
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
    backgroundColor: colours.series[index % colours.series.length] ?? colours.text,
    borderColor: colours.series[index % colours.series.length] ?? colours.text,
    pointStyle: shapes[Math.floor(index / colours.series.length) % shapes.length] ?? 'circle',
    pointRadius: 3,
  }));
  const { text, quiet, line } = colours;
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
        // With more rows than this the legend would be all there is.
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
    label: `Points: how long each of ${frames.length} frames took, over the time of the run. The table below sums them up.`,
    header: ['configuration', 'frames', 'shortest', 'median', 'longest'],
    lines: present.map(({ row, own }) => {
      const sorted = own.map(({ took }) => took).sort((a, b) => a - b);
      const at = (share: number) => digits(sorted[Math.floor((sorted.length - 1) * share)] ?? 0);
      return [rowLines(row).join('\n'), String(own.length), at(0), at(0.5), at(1)];
    }),
  };
}
