import { MODEL_NAMES, type Model } from 'cyclorama';

type ModelFileName = (typeof MODEL_NAMES)[number];

/** The models in `models/` that the package does not contain, by path. */
const files = import.meta.glob<string>('../../../models/segm_*.tflite', {
  query: '?url',
  import: 'default',
  eager: true,
});

const titles: Record<ModelFileName, string> = {
  selfie_segmentation_landscape: 'Selfie landscape · 256 × 144',
  selfie_segmentation: 'Selfie general · 256 × 256',
  segm_full_v679: 'Meet full · 256 × 144',
  segm_lite_v681: 'Meet lite · 160 × 96',
  segm_lite_v509: 'Meet square · 128 × 128',
};

/** A model in the form's list. */
export interface ModelChoice {
  name: ModelFileName;
  title: string;
  model: Model;
}

/** The models to choose from: those of the package, and the others whose files exist. */
export const models: readonly ModelChoice[] = MODEL_NAMES.flatMap((name): ModelChoice[] => {
  const title = titles[name];
  if (name.startsWith('selfie_')) return [{ name, title, model: name }];
  const url = files[`../../../models/${name}.tflite`];
  return url ? [{ name, title, model: new URL(url, document.baseURI) }] : [];
});
