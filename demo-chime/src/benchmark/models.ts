import manifest from '../../../models/manifest.json';
import type { BenchmarkModel } from './engines';

/** The model files in `models/`, by path. */
const files = import.meta.glob<string>('../../../models/*.tflite', {
  query: '?url',
  import: 'default',
  eager: true,
});

/** The reference model for the masks of the other models: the largest one of its family. */
export const REFERENCE_MODEL = 'selfie_segmentation';

/** The models of the manifest whose files exist, in its order. */
export const models: readonly BenchmarkModel[] = manifest.models.flatMap((entry): BenchmarkModel[] => {
  const { name, file, width, height } = entry;
  const url = files[`../../../models/${file}`];
  if (!url) return [];
  return [
    {
      name,
      title: `${name}, ${width}x${height}`,
      size: [width, height],
      bytes: async (signal) => {
        const response = await fetch(url, { signal });
        if (!response.ok)
          throw new Error(`the model ${name} could not be fetched: HTTP status ${response.status}`);
        return response.arrayBuffer();
      },
    },
  ];
});

/** A model from a user's `.tflite` file. */
export function fileModel(file: File): BenchmarkModel {
  const name = file.name.replace(/\.tflite$/i, '').slice(0, 80);
  return { name, title: `${name} (your file)`, bytes: () => file.arrayBuffer() };
}
