// Copies the models and licenses that the package contains, from their folders in the repository.
import { mkdir, readFile, writeFile } from 'node:fs/promises';

const repository = new URL('../../', import.meta.url);
const target = new URL('../', import.meta.url);

// The package contains only models with a clear license. Apps serve the others themselves.
const files = [
  'models/selfie_segmentation.tflite',
  'models/selfie_segmentation_landscape.tflite',
  'models/LICENSES.md',
  'LICENSE-APACHE',
  'LICENSE-MIT',
  'THIRD_PARTY.md',
];

await mkdir(new URL('models/', target), { recursive: true });
for (const file of files) {
  try {
    const source = await readFile(new URL(file, repository));
    const copy = await readFile(new URL(file, target)).catch(() => undefined);
    // Unchanged files keep their modification time, so that development servers do not reload.
    if (!copy?.equals(source)) await writeFile(new URL(file, target), source);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    console.error(`${file} is missing: run "node scripts/models.mjs" in the repository's root first.`);
    process.exit(1);
  }
}
