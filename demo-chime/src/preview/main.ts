import type { Metrics } from 'cyclorama';
import { backend } from '../shared/backend';
import { Changes, sentence } from '../shared/changes';
import { backendText, qualityText } from '../shared/metrics-text';
import { openCamera, openClip, type Source } from '../shared/sources';
import { ChimePreview } from './chime-preview';
import { Controls } from './controls';
import { acceptDrops } from './drop';
import { MetricsView } from './metrics-view';

const find = <Type extends HTMLElement>(id: string) => document.getElementById(id) as Type;
const original = find<HTMLVideoElement>('original');
const result = find<HTMLVideoElement>('result');
const controls = new Controls(find<HTMLFormElement>('controls'));
const view = new MetricsView({
  stages: find('stages'),
  ranges: find('ranges'),
  clock: find('clock'),
  counts: find('counts'),
});

let source: Source | undefined;
let preview: ChimePreview | undefined;
let model = controls.model;
/** The error that prevents a preview. */
let obstacle: string | undefined;

const changes = new Changes({ status: find('status'), problem: find('problem') }, () => ({
  done: preview ? 'Running.' : 'Only the original video is available.',
  failed: preview ? 'Running with the previous settings.' : 'Only the original video is available.',
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
    changes.queue('Camera disconnected. Switching to the sample clip…', openSource);
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
    preview = await ChimePreview.create({
      backend: controls.backend,
      ...(effect && { effect }),
      model: model.model,
      ...controls.matting,
      quality: controls.quality,
      timing: controls.timing,
    });
    obstacle = undefined;
  } catch (error) {
    obstacle = sentence(error);
    throw error;
  }
  preview.transparent = effect?.kind === 'transparent';
  preview.processor.addEventListener('metrics', ({ detail }) => showMetrics(detail));
  preview.processor.addEventListener('error', ({ detail }) =>
    changes.showProblem(`A frame failed and was replaced by a placeholder: ${sentence(detail)}`),
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
  // The checkerboard is on before the first transparent frame and off after the last one.
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
  find('adapter').textContent = backendText(metrics);
  find('active-model').textContent = `${model.family} ${model.width} × ${model.height} · ${precision}`;
  find('quality').textContent = qualityText(metrics.quality);
}

function mirrorView(): void {
  for (const video of [original, result]) video.classList.toggle('mirrored', controls.mirrorView);
  find('result-caption').textContent = controls.mirrorView
    ? 'What others see (mirrored for you)'
    : 'What others see';
}

controls.form.addEventListener('change', ({ target }) => {
  switch ((target as HTMLInputElement).name) {
    case 'source':
      changes.queue(
        controls.source === 'camera' ? 'Opening the camera…' : 'Opening the sample clip…',
        openSource,
      );
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
      changes.queue('Changing the segmentation…', applyMatting);
      return;
    case 'backend':
      changes.queue('Starting the other backend…', startPreview);
      return;
    case 'completed':
      changes.queue('Restarting with the other clock…', startPreview);
      return;
    default:
      changes.queue('Changing the background…', applyEffect);
  }
});

acceptDrops(find('stage'), (files) => {
  if (controls.take(files)) changes.queue('Changing the background…', applyEffect);
  else changes.showProblem('This file is neither an image nor a video.');
});
// Browsers restore form values when a page is reloaded.
mirrorView();
if (backend !== 'auto') controls.backend = backend;
changes.queue('Opening the sample clip…', openSource);
changes.queue('Loading the model…', startPreview);
