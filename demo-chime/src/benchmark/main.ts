import { type BackendChoice, VirtualBackground } from 'cyclorama';
import { backend } from '../shared/backend';
import { sentence } from '../shared/changes';
import type { TimedFrame } from './charts';
import { type Comparison, compareReports, comparisonMarkdown } from './comparison';
import { candidate, cycloramaCandidates, version } from './cyclorama-engine';
import type { Candidate } from './engines';
import { type BackendSupport, BenchmarkForm, count, duration } from './form';
import { type Material, prepareFrames } from './frames';
import { Gallery } from './gallery';
import { deleteRuns, earlierRuns, keepRun } from './history';
import { containsReport, decodeReport, encodeReport } from './link';
import { describeMachine, type Machine } from './machine';
import { models, REFERENCE_MODEL } from './models';
import { peerCandidates } from './peer-engine';
import { peers } from './peers';
import { MaskEvaluator } from './quality';
import { parseReport, type Report, type Row, rowKey, SCHEMA } from './report';
import { Results, showComparison } from './results';
import { measure } from './run';
import { readSettings, type Settings } from './settings';
import { HIDDEN_WARNING, machineText, toCsv, toMarkdown } from './tables';

/** The shortest time between two updates of the charts during a run, in milliseconds. */
const DRAWING_INTERVAL = 1_500;

const find = <Type extends HTMLElement>(id: string) => document.getElementById(id) as Type;
const [start, stop] = [find<HTMLButtonElement>('start'), find<HTMLButtonElement>('stop')];
const form = new BenchmarkForm(find<HTMLFormElement>('settings'), models, peers);
const results = new Results();
const gallery = new Gallery(find('gallery'), find('images'), find<HTMLSelectElement>('background'));

let machine: Machine = {};
/** The report that is shown. */
let shown: Report | undefined;
/** The report for comparison. */
let baseline: Report | undefined;
let comparison: Comparison | undefined;
/** The earlier runs in the list. */
let runs: Report[] = [];
/** Stops the current run. */
let running: AbortController | undefined;
/** Whether the page was hidden at any time of the run. */
let wasHidden = false;

/** The state of the page, for scripts. `#report` contains the report once the state is `done` or `stopped`. */
type State = 'idle' | 'preparing' | 'running' | 'done' | 'stopped' | 'failed';
function setState(state: State): void {
  document.documentElement.dataset.benchmark = state;
}

/** Shows a message in the live region. */
function showStatus(message: string): void {
  find('status').textContent = message;
}

function showProblem(message: string | undefined): void {
  const problem = find('problem');
  problem.hidden = message === undefined;
  problem.textContent = message ?? '';
}

/** Runs an action and shows its error. */
async function attempt(action: () => Promise<void> | void): Promise<void> {
  try {
    showProblem(undefined);
    await action();
  } catch (error) {
    showProblem(sentence(error));
  }
}

async function runBenchmark(): Promise<void> {
  if (running) return;
  const settings = form.settings;
  running = new AbortController();
  const { signal } = running;
  const date = new Date().toISOString();
  let material: Material | undefined;
  begin();
  try {
    material = await prepareFrames(form.choice, settings.sizes, signal);
    const candidates = [
      ...cycloramaCandidates(settings, chosenModels(settings), form.offers),
      ...(await peersOf(settings)),
    ];
    const report = (rows: Row[]): Report => ({
      schema: SCHEMA,
      date,
      cyclorama: version,
      by: 'page',
      machine,
      source: material?.source ?? { kind: settings.source },
      settings: {
        rounds: settings.rounds,
        framesPerRound: settings.frames,
        warmUp: settings.warmUp,
        seconds: settings.seconds,
        timing: settings.timing,
        worker: settings.worker,
      },
      ...(wasHidden && { hidden: true }),
      rows,
    });
    setState('running');
    const rows = await measureAll(settings, candidates, material, report, signal);
    await finish(report(rows), signal.aborted);
  } catch (error) {
    if (signal.aborted) {
      setState('stopped');
      showStatus('Stopped before the first measurement.');
    } else {
      setState('failed');
      showProblem(sentence(error));
      showStatus('The run failed.');
    }
  } finally {
    material?.close();
    end();
  }
}

const timedFrames: TimedFrame[] = [];

async function measureAll(
  settings: Settings,
  candidates: Candidate[],
  material: Material,
  report: (rows: Row[]) => Report,
  signal: AbortSignal,
): Promise<Row[]> {
  const began = performance.now();
  let drawn = 0;
  const rows = await measure(
    {
      candidates,
      frames: material.frames,
      rounds: settings.rounds,
      framesPerRound: settings.frames,
      warmUp: settings.warmUp,
      seconds: settings.seconds,
      evaluator: settings.quality ? evaluatorFor(candidates, material) : undefined,
    },
    {
      progress(message, done) {
        find<HTMLProgressElement>('bar').value = done;
        const elapsed = (performance.now() - began) / 1000;
        const left = done > 0.15 ? `, about ${duration((elapsed * (1 - done)) / done)} left` : '';
        find('progress').textContent = `${Math.round(100 * done)} %${left} · ${message}`;
      },
      async rows(rows) {
        const now = performance.now();
        if (now - drawn < DRAWING_INTERVAL || rows.length === 0) return;
        results.show(report([...rows]), timedFrames);
        await painted();
        drawn = performance.now();
      },
      frame: (row, at, took) => timedFrames.push({ row, at, took }),
      mask: (sample) => gallery.add(sample),
      adapter(adapter) {
        machine = { ...machine, adapter: { f16: false, ...machine.adapter, ...adapter } };
      },
      problem: showProblem,
    },
    signal,
  );
  gallery.describe(rows, rowKey);
  return rows;
}

/** Waits until the browser has drawn, so that drawing is not measured. Hidden pages draw nothing. */
function painted(): Promise<void> {
  const drawn = new Promise<void>((resolve) => {
    requestAnimationFrame(() => requestAnimationFrame(() => resolve()));
  });
  const timeout = new Promise<void>((resolve) => setTimeout(resolve, 250));
  return Promise.race([drawn, timeout]);
}

function chosenModels({ models: names }: Settings) {
  return form.models.filter(({ name }) => names.includes(name));
}

async function peersOf(settings: Settings): Promise<Candidate[]> {
  const wanted = peers.filter(({ id }) => settings.peers.includes(id));
  const found: Candidate[] = [];
  for (const entry of wanted) {
    try {
      found.push(...peerCandidates(entry, await entry.load(), chosenModels(settings), settings.sizes));
    } catch (error) {
      // The candidate fails when it is opened, so that the report has a row with the error.
      const [input] = settings.sizes;
      if (!input) continue;
      found.push({
        system: entry.id,
        version: '',
        model: { name: 'not loaded', title: entry.title, bytes: () => Promise.reject(error) },
        backend: 'none',
        precision: 'f32',
        variants: [{ refinement: 'none', input }],
        open: () => Promise.reject(error),
      });
    }
  }
  return found;
}

function evaluatorFor(candidates: readonly Candidate[], { truths }: Material): MaskEvaluator | undefined {
  if (truths) return new MaskEvaluator({ kind: 'given', masks: truths });
  const model = models.find(({ name }) => name === REFERENCE_MODEL);
  if (!model) return undefined;
  const measured = candidates.find(({ system, model: other }) => system === 'cyclorama' && other === model);
  // It starts fastest.
  const otherwise = candidate(model, 'cpu', [], { timing: 'every', worker: true });
  return new MaskEvaluator({ kind: 'model', measured, otherwise });
}

/** Asks for one backend after the other, because some browsers offer WebGL2 to one thread at a time. */
async function findSupport(): Promise<BackendSupport> {
  const find = async (choice: BackendChoice) =>
    (await VirtualBackground.support({ backend: choice })).backend;
  return {
    automatic: await find(backend),
    webgl: (await find('webgl')) !== undefined,
    cpu: (await find('cpu')) !== undefined,
  };
}

function describeAdapter(adapter: Machine['adapter']): string[] {
  if (!adapter) return ['No WebGPU adapter: models run on the CPU'];
  return [
    `GPU adapter: ${adapter.name}${adapter.software ? ' (emulated on the CPU, slow)' : ''}`,
    adapter.timestamps ? 'GPU timestamps' : 'no GPU timestamps, so stages are timed until completion',
  ];
}

function begin(): void {
  setState('preparing');
  showProblem(undefined);
  shown = undefined;
  timedFrames.length = 0;
  gallery.clear();
  find('results').hidden = true;
  find('comparison').hidden = true;
  find('running').hidden = false;
  find('report').textContent = '';
  find('progress').textContent = 'Decoding the frames of the source…';
  find<HTMLProgressElement>('bar').value = 0;
  start.disabled = true;
  start.dataset.running = 'true';
  stop.disabled = false;
  const focused = document.activeElement === start;
  form.running = true;
  if (focused) stop.focus();
  wasHidden = false;
  noteVisibility();
  showStatus('The benchmark is running. Keep this page visible: browsers slow hidden pages down.');
}

function noteVisibility(): void {
  if (!running || document.visibilityState === 'visible') return;
  wasHidden = true;
  showProblem(HIDDEN_WARNING);
}

function end(): void {
  running = undefined;
  const focused = document.activeElement === stop;
  stop.disabled = true;
  delete start.dataset.running;
  form.running = false;
  form.refresh();
  find('running').hidden = true;
  if (focused) (shown ? find('results-title') : start).focus();
}

async function finish(report: Report, stopped: boolean): Promise<void> {
  await showReport(report, timedFrames);
  if (report.rows.length > 0) keepRun(report);
  listRuns();
  find('report').textContent = JSON.stringify(report);
  const failed = report.rows.filter(({ error }) => error !== undefined).length;
  const rows = `${count(report.rows.length - failed, 'configuration')} measured${failed > 0 ? `, ${failed} failed` : ''}`;
  showStatus(stopped ? `Stopped: ${rows} so far.` : `Done: ${rows}.`);
  setState(stopped ? 'stopped' : 'done');
}

async function showReport(report: Report, frames: readonly TimedFrame[]): Promise<void> {
  shown = report;
  results.show(report, frames);
  find<HTMLAnchorElement>('link').href = await linkOf(report);
  compare();
}

/** Opens a report from a file or a link. */
async function openReport(report: Report): Promise<void> {
  if (running) throw new Error('a run is in progress. Stop it first');
  gallery.clear();
  await showReport(report, []);
  showStatus(`Opened a report: ${machineText(report)}.`);
  find('results-title').focus();
}

async function linkOf(report: Report): Promise<string> {
  const url = new URL(location.href);
  url.search = '';
  url.hash = await encodeReport(report);
  return url.href;
}

function compare(): void {
  comparison = shown && baseline && compareReports(baseline, shown);
  showComparison(comparison, baseline);
}

function compareWith(report: Report | undefined): void {
  baseline = report;
  if (report && !shown)
    throw new Error('there is nothing to compare yet. Run the benchmark or open a report first');
  compare();
  if (comparison) find('comparison-title').focus();
}

/** Lists the earlier runs for comparison: all except the shown one. */
function listRuns(): void {
  const select = find<HTMLFormElement>('open-baseline').elements.namedItem('run') as HTMLSelectElement;
  runs = earlierRuns().filter(({ date }) => date !== shown?.date);
  select.replaceChildren(
    new Option('none', ''),
    ...runs.map((run, index) => {
      const { date, rows, machine: of } = run;
      const title = `${date.slice(0, 16).replace('T', ' ')}, ${count(rows.length, 'configuration')}, ${of.adapter?.name ?? of.browser ?? ''}`;
      return new Option(title.slice(0, 100), String(index));
    }),
  );
}

const kinds = {
  json: { type: 'application/json', write: (report: Report) => JSON.stringify(report, null, 1) },
  csv: { type: 'text/csv', write: toCsv },
  md: { type: 'text/markdown', write: toMarkdown },
};

function download(kind: keyof typeof kinds): void {
  if (!shown) return;
  const { type, write } = kinds[kind];
  const url = URL.createObjectURL(new Blob([write(shown)], { type }));
  const anchor = document.createElement('a');
  anchor.href = url;
  anchor.download = `cyclorama-benchmark-${shown.date.slice(0, 19).replace(/\D/g, '')}.${kind}`;
  anchor.click();
  // The browser has read it by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

async function copy(kind: string): Promise<void> {
  if (!shown) return;
  let text: string;
  if (kind === 'link') text = await linkOf(shown);
  else if (kind === 'comparison') text = comparison ? comparisonMarkdown(comparison) : '';
  else text = kinds[kind as keyof typeof kinds].write(shown);
  await navigator.clipboard.writeText(text).catch((cause: unknown) => {
    throw new Error('the browser did not allow copying. Download the report instead', { cause });
  });
  showStatus('Copied.');
}

/** Accepts reports from a form, as a file or as a link. */
function acceptReports(id: string, take: (report: Report) => Promise<void> | void): HTMLFormElement {
  const place = find<HTMLFormElement>(id);
  const [file, link] = ['file', 'link'].map((name) => place.elements.namedItem(name) as HTMLInputElement);
  file?.addEventListener('change', () => {
    const chosen = file.files?.[0];
    // The input is cleared so that the same file can be selected again.
    if (chosen)
      void attempt(async () => take(parseReport(await chosen.text()))).finally(() => {
        file.value = '';
      });
  });
  place.addEventListener('submit', (event) => {
    event.preventDefault();
    void attempt(async () => take(await decodeReport(link?.value ?? '')));
  });
  return place;
}

async function openFragment(): Promise<void> {
  if (containsReport(location.hash)) await attempt(async () => openReport(await decodeReport(location.hash)));
}

acceptReports('open-report', openReport);
const earlier = acceptReports('open-baseline', compareWith).elements.namedItem('run') as HTMLSelectElement;
earlier.addEventListener(
  'change',
  () => void attempt(() => compareWith(runs[Number(earlier.value || Number.NaN)])),
);
find('forget').addEventListener('click', () => {
  deleteRuns();
  listRuns();
  showStatus('Earlier runs have been deleted.');
});
form.form.addEventListener('submit', (event) => {
  event.preventDefault();
  void attempt(runBenchmark);
});
stop.addEventListener('click', () => {
  stop.disabled = true;
  running?.abort(new Error('the run was stopped'));
});
for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-download]')) {
  button.addEventListener('click', () => download(button.dataset.download as keyof typeof kinds));
}
for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-copy]')) {
  button.addEventListener('click', () => void attempt(() => copy(button.dataset.copy ?? '')));
}
document.addEventListener('visibilitychange', noteVisibility);
window.addEventListener('hashchange', () => void openFragment());

try {
  const names = models.map(({ name }) => name);
  const ids = peers.map(({ id }) => id);
  const { settings, run } = readSettings(new URLSearchParams(location.search), names, ids);
  form.fill(settings);
  listRuns();
  machine = await describeMachine();
  form.offer(machine, await findSupport());
  find('machine').textContent = [
    ...describeAdapter(machine.adapter),
    `${machine.cores ?? '?'} cores`,
    machine.browser,
  ].join(' · ');
  await openFragment();
  if (run) void attempt(runBenchmark);
} catch (error) {
  setState('failed');
  showProblem(sentence(error));
}
