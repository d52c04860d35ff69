import { MODEL_NAMES, type Model } from 'cyclorama';

type ModelFileName = (typeof MODEL_NAMES)[number];

/** Of the models that the package does not carry, those that are in `models/`, by path. */
const files = import.meta.glob<string>('../../models/segm_*.tflite', {
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

/** A model to choose. */
export interface Choice {
  name: ModelFileName;
  title: string;
  model: Model;
}

/** The models to choose from: those of the package, and of the others the ones that are here. */
export const models: readonly Choice[] = MODEL_NAMES.flatMap((name): Choice[] => {
  const title = titles[name];
  if (name.startsWith('selfie_')) return [{ name, title, model: name }];
  const url = files[`../../models/${name}.tflite`];
  return url ? [{ name, title, model: new URL(url, document.baseURI) }] : [];
});
