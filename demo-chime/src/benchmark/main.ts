import type { TimedFrame } from './charts';
import { type Comparison, compareReports, comparisonMarkdown } from './comparison';
import { candidate, ourCandidates, version } from './cyclorama';
import { BenchmarkForm, count, duration } from './form';
import { type Material, prepareFrames } from './frames';
import { Gallery } from './gallery';
import { earlierRuns, forgetRuns, keepRun } from './history';
import { carriesReport, decodeReport, encodeReport } from './link';
import { describeMachine, type Machine } from './machine';
import { models, REFERENCE_MODEL } from './models';
import { peerCandidates } from './peer-network';
import { peers } from './peers';
import { Judge } from './quality';
import { parseReport, type Report, type Row, rowKey, SCHEMA } from './report';
import { Results, showComparison } from './results';
import { inWords, measure } from './run';
import { readSettings, type Settings } from './settings';
import type { Candidate } from './systems';
import { HIDDEN_WORDS, machineText, toCsv, toMarkdown } from './tables';

/** Charts are drawn at most so often while something is measured, in milliseconds. */
const DRAWING_INTERVAL = 1_500;

const find = <Type extends HTMLElement>(id: string) => document.getElementById(id) as Type;
const [start, stop] = [find<HTMLButtonElement>('start'), find<HTMLButtonElement>('stop')];
const form = new BenchmarkForm(find<HTMLFormElement>('settings'), models, peers);
const results = new Results();
const gallery = new Gallery(find('gallery'), find('pictures'), find<HTMLSelectElement>('backdrop'));

let machine: Machine = {};
/** The report that is shown. */
let shown: Report | undefined;
/** The one that it is compared with. */
let baseline: Report | undefined;
let comparison: Comparison | undefined;
/** The runs of before, as the list has them. */
let runs: Report[] = [];
/** Stops the run that is under way. */
let running: AbortController | undefined;
/** Whether the page was out of sight at any time of the run. */
let wasHidden = false;

/** Where the page stands, for scripts; `report` is there once it is `done` or `stopped`. */
type State = 'idle' | 'preparing' | 'running' | 'done' | 'stopped' | 'failed';
function setState(state: State): void {
  document.documentElement.dataset.benchmark = state;
}

/** Tells what people should hear of, which is little. */
function say(words: string): void {
  find('status').textContent = words;
}

function showProblem(words: string | undefined): void {
  const problem = find('problem');
  problem.hidden = words === undefined;
  problem.textContent = words ?? '';
}

function sentence(error: unknown): string {
  const words = inWords(error);
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`.replace(/([.!?])\.$/, '$1');
}

/** Does something that may fail with words for the user. */
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
      ...ourCandidates(settings, chosenModels(settings), form.offers),
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
      say('Stopped before anything was measured.');
    } else {
      setState('failed');
      showProblem(sentence(error));
      say('The run failed.');
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
      judge: settings.quality ? judgeOf(candidates, material) : undefined,
    },
    {
      progress(words, done) {
        find<HTMLProgressElement>('bar').value = done;
        const elapsed = (performance.now() - began) / 1000;
        const left = done > 0.15 ? `, about ${duration((elapsed * (1 - done)) / done)} left` : '';
        find('progress').textContent = `${Math.round(100 * done)} %${left} · ${words}`;
      },
      async rows(rows) {
        const now = performance.now();
        if (now - drawn < DRAWING_INTERVAL || rows.length === 0) return;
        results.show(report([...rows]), timedFrames);
        await painted();
        drawn = performance.now();
      },
      frame: (row, at, took) => timedFrames.push({ row, at, took }),
      cut: (cut) => gallery.add(cut),
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

/** Waits until the browser has drawn, so that its drawing is not measured along; hidden pages draw nothing. */
function painted(): Promise<void> {
  const drawn = new Promise<void>((resolve) => {
    requestAnimationFrame(() => requestAnimationFrame(() => resolve()));
  });
  const patience = new Promise<void>((resolve) => setTimeout(resolve, 250));
  return Promise.race([drawn, patience]);
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
      // It fails when its turn comes, and so has a row that says why.
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

function judgeOf(candidates: readonly Candidate[], { truths }: Material): Judge | undefined {
  if (truths) return new Judge({ kind: 'given', masks: truths });
  const model = models.find(({ name }) => name === REFERENCE_MODEL);
  if (!model) return undefined;
  const measured = candidates.find(({ system, model: other }) => system === 'cyclorama' && other === model);
  // The processor gives the same mask, and is ready at once.
  const otherwise = candidate(model, 'webgl', [], { timing: 'every', worker: true });
  return new Judge({ kind: 'network', measured, otherwise });
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
  find('progress').textContent = 'Taking frames of the source…';
  find<HTMLProgressElement>('bar').value = 0;
  start.disabled = true;
  start.dataset.running = 'true';
  stop.disabled = false;
  const focused = document.activeElement === start;
  form.running = true;
  if (focused) stop.focus();
  wasHidden = false;
  noteVisibility();
  say('The benchmark runs. Leave this page in front: browsers slow down what nobody sees.');
}

function noteVisibility(): void {
  if (!running || document.visibilityState === 'visible') return;
  wasHidden = true;
  showProblem(HIDDEN_WORDS);
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
  say(stopped ? `Stopped: ${rows} so far.` : `Done: ${rows}.`);
  setState(stopped ? 'stopped' : 'done');
}

async function showReport(report: Report, frames: readonly TimedFrame[]): Promise<void> {
  shown = report;
  results.show(report, frames);
  find<HTMLAnchorElement>('link').href = await linkOf(report);
  compare();
}

/** A report that somebody made elsewhere or before. */
async function openReport(report: Report): Promise<void> {
  if (running) throw new Error('a run is under way: stop it first');
  gallery.clear();
  await showReport(report, []);
  say(`A report is shown: ${machineText(report)}.`);
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
    throw new Error('run the benchmark or open a report first, so that there is something to compare');
  compare();
  if (comparison) find('comparison-title').focus();
}

/** The runs of before that can be compared with: all but the one that is shown. */
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
  // The browser has taken hold of it by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

async function copy(kind: string): Promise<void> {
  if (!shown) return;
  let text: string;
  if (kind === 'link') text = await linkOf(shown);
  else if (kind === 'comparison') text = comparison ? comparisonMarkdown(comparison) : '';
  else text = kinds[kind as keyof typeof kinds].write(shown);
  await navigator.clipboard.writeText(text).catch((cause: unknown) => {
    throw new Error('the browser did not allow copying: download it instead', { cause });
  });
  say('Copied.');
}

/** Reports come in by either form: as a file or as a link. */
function listen(id: string, take: (report: Report) => Promise<void> | void): HTMLFormElement {
  const place = find<HTMLFormElement>(id);
  const [file, link] = ['file', 'link'].map((name) => place.elements.namedItem(name) as HTMLInputElement);
  file?.addEventListener('change', () => {
    const chosen = file.files?.[0];
    // So that the same file can be chosen again.
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
  if (carriesReport(location.hash)) await attempt(async () => openReport(await decodeReport(location.hash)));
}

listen('open-report', openReport);
const earlier = listen('open-baseline', compareWith).elements.namedItem('run') as HTMLSelectElement;
earlier.addEventListener(
  'change',
  () => void attempt(() => compareWith(runs[Number(earlier.value || Number.NaN)])),
);
find('forget').addEventListener('click', () => {
  forgetRuns();
  listRuns();
  say('Earlier runs are forgotten.');
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
  form.offer(machine);
  find('machine').textContent = [
    machine.adapter
      ? `GPU adapter: ${machine.adapter.name}${machine.adapter.software ? ', a software one: slow, and no measure of a graphics card' : ''}`
      : 'No WebGPU here: the network runs on the processor',
    machine.adapter?.timestamps
      ? 'it writes timestamps'
      : 'no timestamps, so stages are timed until they are completed',
    `${machine.cores ?? '?'} cores`,
    machine.browser,
  ].join(' · ');
  await openFragment();
  if (run) void attempt(runBenchmark);
} catch (error) {
  setState('failed');
  showProblem(sentence(error));
}
