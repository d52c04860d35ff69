import manifest from '../../../models/manifest.json';
import type { BenchmarkModel } from './systems';

/** All the manifest's models that are in `models/`, by path. */
const files = import.meta.glob<string>('../../../models/*.tflite', {
  query: '?url',
  import: 'default',
  eager: true,
});

/** The model that the others' masks are held against: the largest of one family. */
export const REFERENCE_MODEL = 'selfie_segmentation';

/** The models of the manifest that are here, in its order. */
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

/** A network of the user's, from a `.tflite` file. */
export function ownModel(file: File): BenchmarkModel {
  const name = file.name.replace(/\.tflite$/i, '').slice(0, 80);
  return { name, title: `${name} (a file of yours)`, bytes: () => file.arrayBuffer() };
}
