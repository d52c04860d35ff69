import type { Metrics } from 'cyclorama';
import { Controls } from './controls';
import { MetricsView } from './metrics-view';
import { Preview } from './preview';
import { openCamera, openClip, type Source } from './sources';

const find = <Type extends HTMLElement>(id: string) => document.getElementById(id) as Type;
const original = find<HTMLVideoElement>('original');
const result = find<HTMLVideoElement>('result');
const controls = new Controls(find<HTMLFormElement>('controls'));
const view = new MetricsView({
  stages: find('stages'),
  spans: find('spans'),
  clock: find('clock'),
  counts: find('counts'),
});

let source: Source | undefined;
let preview: Preview | undefined;
let model = controls.model;
/** Why there is no preview. */
let obstacle: string | undefined;

/** Each change waits for the one before, so that the page always shows what was chosen last. */
let changes = Promise.resolve();
function change(words: string, action: () => Promise<void>): void {
  changes = changes.then(async () => {
    say(words);
    try {
      await action();
      showProblem(obstacle);
      say(preview ? 'Running.' : 'Only the original is shown.');
    } catch (error) {
      showProblem(inWords(error));
      say(preview ? 'Running on as before.' : 'Only the original is shown.');
    }
  });
}

function inWords(error: unknown): string {
  const words = error instanceof Error ? error.message : String(error);
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`.replace(/\.\.$/, '.');
}

async function openSource(): Promise<void> {
  const next = await (controls.source === 'camera' ? openCamera() : openClip()).catch((error) => {
    controls.source = source && controls.source === 'clip' ? 'camera' : 'clip';
    throw error;
  });
  source?.stop();
  source = next;
  next.onEnded = () => {
    controls.source = 'clip';
    change('The camera has gone; back to the clip…', openSource);
  };
  original.srcObject = next.stream;
  if (preview) result.srcObject = await preview.show(next.stream);
}

async function startPreview(): Promise<void> {
  const last = preview;
  preview = undefined;
  result.srcObject = null;
  await last?.stop();
  const effect = controls.effect;
  try {
    preview = await Preview.create({
      ...(effect && { effect }),
      model: model.model,
      ...controls.matting,
      timing: controls.timing,
    });
    obstacle = undefined;
  } catch (error) {
    obstacle = inWords(error);
    throw error;
  }
  preview.transparent = effect?.kind === 'transparent';
  preview.processor.addEventListener('metrics', ({ detail }) => showMetrics(detail));
  preview.processor.addEventListener('error', ({ detail }) =>
    showProblem(`A frame failed and was hidden: ${inWords(detail)}`),
  );
  showMetrics(await preview.processor.metrics());
  if (source) result.srcObject = await preview.show(source.stream);
}

async function applyModel(): Promise<void> {
  const chosen = controls.model;
  try {
    await preview?.processor.setModel(chosen.model);
    model = chosen;
  } catch (error) {
    controls.model = model;
    throw error;
  }
}

async function applyMatting(): Promise<void> {
  await preview?.processor.setMatting(controls.matting);
}

async function applyEffect(): Promise<void> {
  const effect = controls.effect;
  if (!preview || !effect) return;
  const transparent = effect.kind === 'transparent';
  // The checkerboard comes before the first transparent picture and goes after the last.
  if (transparent) preview.transparent = true;
  await preview.processor.setEffect(effect);
  preview.transparent = transparent;
}

function showMetrics(metrics: Metrics): void {
  const { adapter, fallbackAdapter, model, precision } = metrics;
  view.show(metrics);
  find('adapter').textContent =
    `${adapter}${fallbackAdapter ? ', emulated on the CPU and slow' : ''} · ${model.family} ${model.width} × ${model.height} · ${precision}`;
}

function showProblem(words: string | undefined): void {
  const problem = find('problem');
  problem.hidden = words === undefined;
  problem.textContent = words ?? '';
}

function say(words: string): void {
  find('status').textContent = words;
}

controls.form.addEventListener('change', ({ target }) => {
  switch ((target as HTMLInputElement).name) {
    case 'source':
      change(controls.source === 'camera' ? 'Opening the camera…' : 'Opening the clip…', openSource);
      return;
    case 'model':
      change(`Loading ${controls.model.title}…`, applyModel);
      return;
    case 'refinement':
    case 'steady':
      change('Changing the mask…', applyMatting);
      return;
    case 'completed':
      change('Starting again with the other clock…', startPreview);
      return;
    default:
      change('Changing the background…', applyEffect);
  }
});

change('Opening the clip…', openSource);
change('Loading the network and making the GPU ready…', startPreview);
