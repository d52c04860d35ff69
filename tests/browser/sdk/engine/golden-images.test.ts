import { afterAll, describe } from 'vitest';
import { commands } from 'vitest/browser';
import { compareGoldenImages, type Measured, type Way } from './golden-images.js';

const WAYS: readonly Way[] = [
  ['webgpu', 'RGB', 'webgpu'],
  ['webgl', 'RGB', 'webgl'],
  ['cpu', 'RGB', 'cpu, browser'],
  ['cpu', 'I420', 'cpu, browser, I420'],
];

const measured: Measured[] = [];

afterAll(async () => {
  console.table(measured);
  await commands.writeFile('../output/golden-images.json', `${JSON.stringify(measured, undefined, 2)}\n`);
});

for (const way of WAYS) {
  describe(`on ${way[0]}, in ${way[1]}`, () => {
    compareGoldenImages(way, (difference) => measured.push(difference));
  });
}
