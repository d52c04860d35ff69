import { version } from '../../../ts/package.json';
import { lanUrl, qrCode } from './lan-url';
import { plan, readGroups } from './plan';
import { GROUPS, type Report, type Row, SCHEMA, settleDeviations, summary } from './report';
import { canShare, copy, download, type Form, share, textOf } from './share';
import { runSteps } from './steps';
import { View } from './view';

const find = <Type extends HTMLElement>(id: string) => document.getElementById(id) as Type;
const [start, stop] = [find<HTMLButtonElement>('start'), find<HTMLButtonElement>('stop')];
const bar = find<HTMLProgressElement>('bar');
const text = find<HTMLTextAreaElement>('text');
const view = new View(find('tables'), find('images'));

/** The report that is shown. */
let shown: Report | undefined;
/** Stops the current check. */
let running: AbortController | undefined;
/** Whether the page was hidden during the check. */
let wasHidden = false;

/** The state of the page, for scripts. `#report` contains the report once the state is `done` or `stopped`. */
type State = 'idle' | 'running' | 'done' | 'stopped' | 'failed';
function setState(state: State): void {
  document.documentElement.dataset.check = state;
}

function showStatus(message: string): void {
  find('status').textContent = message;
}

function showProblem(message: string): void {
  const problem = find('problem');
  problem.hidden = message === '';
  problem.textContent = message;
}

async function check(): Promise<void> {
  if (running) return;
  const groups = readGroups(new URLSearchParams(location.search).get('only'));
  running = new AbortController();
  const { signal } = running;
  const date = new Date().toISOString();
  begin();
  const { steps, release } = plan(groups, (group, title, image) => {
    find('images-title').hidden = false;
    view.showImage(group, title, image);
  });
  try {
    const listener = {
      begins({ group, title }: { group: keyof typeof GROUPS; title: string }, done: number, total: number) {
        bar.value = done / total;
        find('progress').textContent = `Step ${done + 1} of ${total} · ${GROUPS[group]}: ${title}`;
      },
      found: (rows: readonly Row[]) => view.add(rows),
    };
    const rows = settleDeviations(await runSteps(steps, listener, signal));
    view.settle(rows);
    show({
      schema: SCHEMA,
      date,
      cyclorama: version,
      userAgent: navigator.userAgent,
      secure: isSecureContext,
      stopped: signal.aborted,
      hidden: wasHidden,
      rows,
    });
  } finally {
    release();
    end();
  }
}

function begin(): void {
  shown = undefined;
  view.clear();
  showProblem('');
  find('images-title').hidden = true;
  find('result').hidden = true;
  find('running').hidden = false;
  bar.value = 0;
  start.disabled = true;
  stop.disabled = false;
  if (document.activeElement === start || document.activeElement === document.body) stop.focus();
  wasHidden = document.hidden;
  showStatus('The check is running. Keep this page visible: browsers slow hidden pages down.');
  setState('running');
}

function end(): void {
  const focused = document.activeElement === stop || document.activeElement === document.body;
  running = undefined;
  stop.disabled = true;
  start.disabled = false;
  start.textContent = 'Check again';
  find('running').hidden = true;
  if (focused && shown) find('result-title').focus();
}

function show(report: Report): void {
  shown = report;
  find('result').hidden = false;
  const failed = report.rows.filter(({ status }) => status === 'failed').length;
  find('outcome').textContent = outcome(report, failed);
  find('about').textContent = `Cyclorama ${report.cyclorama} · ${report.date} · ${report.userAgent}`;
  text.value = textOf(report, 'md');
  find('report').textContent = JSON.stringify(report);
  showStatus(`${report.stopped ? 'Stopped' : 'Done'}: ${summary(report.rows)}`);
  setState(report.stopped ? 'stopped' : 'done');
}

function outcome({ rows, stopped, hidden }: Report, failed: number): string {
  const sentences = [];
  const works = rows.some(
    ({ group, id, status }) => group.startsWith('web') && id === 'color' && status === 'passed',
  );
  if (failed > 0) sentences.push(`${failed === 1 ? 'One check' : `${failed} checks`} failed.`);
  else if (works) sentences.push('Virtual backgrounds work in this browser.');
  else if (!stopped)
    sentences.push('Nothing failed, but no check showed that virtual backgrounds work here.');
  if (stopped) sentences.push('The check was stopped before the end.');
  if (hidden) sentences.push('The page was hidden for a while: ignore the timings.');
  return sentences.join(' ');
}

async function take(form: Form): Promise<void> {
  if (!shown) return;
  if (await copy(shown, form)) return showStatus('Copied.');
  text.value = textOf(shown, form);
  find<HTMLDetailsElement>('whole').open = true;
  text.focus();
  text.select();
  showStatus('The browser did not allow copying. The text is selected: copy it by hand.');
}

/** Runs the action of a button and shows its error. */
function attempt(action: () => Promise<void>): void {
  action().catch((error: unknown) => {
    setState(shown ? 'done' : 'failed');
    showProblem(error instanceof Error ? error.message : String(error));
    showStatus('');
  });
}

function showLanUrl(): void {
  const url = lanUrl();
  find('local-only').hidden = url !== undefined;
  find('lan').hidden = url === undefined;
  if (!url) return;
  find('code').replaceChildren(qrCode(url));
  const link = find<HTMLAnchorElement>('link');
  link.href = url;
  link.textContent = url;
}

start.addEventListener('click', () => attempt(check));
stop.addEventListener('click', () => {
  stop.disabled = true;
  running?.abort(new Error('the check was stopped'));
});
for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-copy]')) {
  button.addEventListener('click', () => attempt(() => take(button.dataset.copy as Form)));
}
for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-download]')) {
  button.addEventListener('click', () => shown && download(shown, button.dataset.download as Form));
}
const sendButton = find<HTMLButtonElement>('share');
sendButton.hidden = !canShare();
sendButton.addEventListener('click', () => attempt(async () => shown && share(shown)));
document.addEventListener('visibilitychange', () => {
  if (running && document.hidden) wasHidden = true;
});

find('insecure').hidden = isSecureContext;
showLanUrl();
start.disabled = false;
if (new URLSearchParams(location.search).has('run')) attempt(check);
