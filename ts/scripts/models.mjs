// Copies the models that the package carries to where the built code looks for them.
import { copyFile, mkdir, readFile } from 'node:fs/promises';

const from = new URL('../../models/', import.meta.url);
const to = new URL('../models/', import.meta.url);

// The licence of these two is beyond doubt; the others are loaded by whoever has them.
const packaged = ['selfie_segmentation.tflite', 'selfie_segmentation_landscape.tflite'];

await mkdir(to, { recursive: true });
for (const file of packaged) {
  try {
    // Unchanged files keep their times, so that a development server does not reload for them.
    const [source, copy] = await Promise.all([
      readFile(new URL(file, from)),
      readFile(new URL(file, to)).catch(() => undefined),
    ]);
    if (!copy || !source.equals(copy)) await copyFile(new URL(file, from), new URL(file, to));
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    console.error(`models/${file} is missing: run "npm run models" in the repository's root first.`);
    process.exit(1);
  }
}
