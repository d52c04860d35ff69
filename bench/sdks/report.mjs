/** Renders the figures as Markdown, for the terminal and for docs/reports/sdks.md. */
import { table } from '../markdown.mjs';
import { contenders } from './contenders.mjs';

/**
 * @typedef {object} Result
 * @property {import('./main.mjs').Machine} machine
 * @property {{ rounds: number, window: number }} settings `window` in ms.
 * @property {import('./rows.mjs').Row[]} rows
 */

/** @param {Result} result */
export function renderReport({ machine, settings, rows }) {
  const sizes = [...new Set(rows.map(({ size }) => size))];
  return [
    renderMachine(machine, settings),
    ...sizes.flatMap((size) => renderSize(size, rows)),
    renderNotes(rows),
  ]
    .filter(Boolean)
    .join('\n\n');
}

/** The contenders of the summary: Cyclorama at full quality, and each other SDK. The pages have a limit of words. */
const SUMMARIZED = [
  'cyclorama-cpu-high',
  'twilio',
  'twilio-canvas2d',
  'mediapipe-cpu',
  'livekit',
  'getstream',
];

/**
 * Renders the most important figures of the first size, for the user's pages.
 *
 * @param {Result} result
 */
export function renderSummary({ machine: { cores, browser, date }, rows }) {
  const shown = rows.filter(
    ({ name, size, n }) => n > 0 && size === rows[0].size && SUMMARIZED.includes(name),
  );
  const heading = `${date}, ${cores} cores, ${browser}, camera ${rows[0].size}:`;
  const cells = ({ name, fps, cpuMsPerFrame, rawFrames }) => [
    name,
    fps.toFixed(1),
    cpuMsPerFrame?.toFixed(0),
    rawFrames,
  ];
  return [heading, table(['contender', 'fps', 'CPU ms/frame', 'raw frames'], shown.map(cells))].join('\n\n');
}

function renderMachine(machine, { rounds, window }) {
  const { cpu, cores, os, browser, commit, date, webgl, webgpu, prioritized } = machine;
  return (
    `${date}, commit ${commit}, ${cpu}, ${cores} cores, ${os}, ${browser} without GPU flags. WebGL: ${webgl ?? 'none'}. ` +
    `WebGPU: ${webgpu ?? 'no adapter'}. ${rounds} ${rounds === 1 ? 'round' : 'rounds'}, windows of ${window / 1000} s. ` +
    `The browser ${prioritized ? 'has' : 'could not get'} precedence over other programs.`
  );
}

function renderSize(size, rows) {
  const own = rows.filter((row) => row.size === size);
  const measured = own.filter(({ n }) => n > 0);
  const failures = own
    .filter(({ error }) => error !== undefined)
    .map(({ name, n, error }) => `- ${name}${n > 0 ? ', in some rounds' : ''}: ${error.split('\n')[0]}`);
  return [
    `### Camera ${size}`,
    measured.length > 0 && frameTable(measured),
    measured.length > 0 && costTable(measured),
    measured.some(({ stages }) => stages) && stageTable(measured.filter(({ stages }) => stages)),
    failures.length > 0 && `Failed:\n\n${failures.join('\n')}`,
  ].filter(Boolean);
}

function frameTable(rows) {
  return table(
    [
      'contender',
      'version',
      'backend',
      'output',
      'fps',
      'distinct fps',
      'CPU ms/frame',
      'latency ms',
      'p95',
      'n',
    ],
    rows.map((row) => [
      row.name,
      row.version,
      row.backend,
      row.output,
      spread(row, 'fps', 1),
      spread(row, 'distinctFps', 1),
      spread(row, 'cpuMsPerFrame', 1),
      spread(row, 'latencyMs', 0),
      spread(row, 'latencyP95Ms', 0),
      row.n,
    ]),
  );
}

function costTable(rows) {
  return table(
    [
      'contender',
      'main thread busy %',
      'long tasks ms/s',
      'first processed ms',
      'raw frames before',
      'raw frames in all',
      'dropped',
      'memory MB',
      'download MB',
      "others' cores",
    ],
    rows.map((row) => [
      row.name,
      spread(row, 'mainThreadBusy', 0, 100),
      spread(row, 'longTasks', 0),
      spread(row, 'firstProcessedMs', 0),
      row.rawFramesBefore,
      row.rawFrames,
      row.dropped,
      spread(row, 'memoryBytes', 0, 1e-6),
      row.downloadBytesBrotli && (row.downloadBytesBrotli / 1e6).toFixed(2),
      spread(row, 'othersCores', 2),
    ]),
  );
}

/** Cyclorama's own times of its stages. */
function stageTable(rows) {
  const names = [...new Set(rows.flatMap(({ stages }) => Object.keys(stages)))];
  const digits = (value) => value?.toFixed(2);
  return table(
    ['stages, ms per frame', ...names, 'first processed after `create`, ms'],
    rows.map((row) => [
      row.name,
      ...names.map((stage) => digits(row.stages[stage])),
      spread(row, 'createToFirstMs', 0),
    ]),
  );
}

/** The median, and the range if there are several rounds. */
function spread({ n, spread: ranges, ...row }, figure, digits, factor = 1) {
  if (row[figure] === undefined) return undefined;
  const text = (value) => (factor * value).toFixed(digits);
  const [least, most] = ranges[figure];
  return n > 1 ? `${text(row[figure])} (${text(least)} to ${text(most)})` : text(row[figure]);
}

/** The settings of each contender in the tables, and the requests that failed. */
function renderNotes(rows) {
  const names = new Set(rows.filter(({ n }) => n > 0).map(({ name }) => name));
  const notes = contenders
    .filter(({ name }) => names.has(name))
    .map(({ name, note }) => `- **${name}**: ${note}`);
  const refused = new Map(rows.filter((row) => row.refused.length > 0).map((row) => [row.name, row.refused]));
  const requests = [...refused].map(
    ([name, hosts]) =>
      `- **${name}** requested ${hosts.join(', ')} during the run. The requests were blocked.`,
  );
  return notes.length > 0 && ['### Contenders', [...notes, ...requests].join('\n')].join('\n\n');
}
