import type { Metrics } from 'cyclorama';
import { backend } from './backend';
import { Changes, inWords } from './changes';
import { Controls } from './controls';
import { acceptDrops } from './drop';
import { backendWords, qualityWords } from './facts';
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

const changes = new Changes({ status: find('status'), problem: find('problem') }, () => ({
  made: preview ? 'Running.' : 'Only the original is shown.',
  failed: preview ? 'Running on as before.' : 'Only the original is shown.',
  obstacle,
}));

async function openSource(): Promise<void> {
  const next = await (controls.source === 'camera' ? openCamera() : openClip()).catch((error) => {
    controls.source = source && controls.source === 'clip' ? 'camera' : 'clip';
    throw error;
  });
  source?.stop();
  source = next;
  next.onEnded = () => {
    controls.source = 'clip';
    changes.queue('The camera has gone; back to the clip…', openSource);
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
      backend,
      ...(effect && { effect }),
      model: model.model,
      ...controls.matting,
      quality: controls.quality,
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
    changes.showProblem(`A frame failed and was hidden: ${inWords(detail)}`),
  );
  preview.processor.addEventListener('recovered', () => changes.showProblem(undefined));
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

async function applyQuality(): Promise<void> {
  await preview?.processor.setQuality(controls.quality);
}

function showMetrics(metrics: Metrics): void {
  const { model, precision } = metrics;
  view.show(metrics);
  find('adapter').textContent = backendWords(metrics);
  find('network').textContent = `${model.family} ${model.width} × ${model.height} · ${precision}`;
  find('quality').textContent = qualityWords(metrics.quality);
}

function mirrorView(): void {
  for (const video of [original, result]) video.classList.toggle('mirrored', controls.mirrorView);
  find('result-caption').textContent = controls.mirrorView
    ? 'What others see, mirrored for you'
    : 'What others see';
}

controls.form.addEventListener('change', ({ target }) => {
  switch ((target as HTMLInputElement).name) {
    case 'source':
      changes.queue(controls.source === 'camera' ? 'Opening the camera…' : 'Opening the clip…', openSource);
      return;
    case 'model':
      changes.queue(`Loading ${controls.model.title}…`, applyModel);
      return;
    case 'mirror-view':
      mirrorView();
      return;
    case 'quality':
      changes.queue('Changing the quality…', applyQuality);
      return;
    case 'refinement':
    case 'temporalSmoothing':
      changes.queue('Changing the mask…', applyMatting);
      return;
    case 'completed':
      changes.queue('Starting again with the other clock…', startPreview);
      return;
    default:
      changes.queue('Changing the background…', applyEffect);
  }
});

acceptDrops(find('stage'), (files) => {
  if (controls.take(files)) changes.queue('Changing the background…', applyEffect);
  else changes.showProblem('That is neither a picture nor a video.');
});
// Browsers bring back what was chosen before the page was loaded again.
mirrorView();
changes.queue('Opening the clip…', openSource);
changes.queue('Loading the network and making the GPU ready…', startPreview);
