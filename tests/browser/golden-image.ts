import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { BrowserCommand } from 'vitest/node';
import { program } from '../../scripts/setup/paths.mjs';

/** How an image differs from its golden image. */
export interface GoldenComparison {
  /** The mean FLIP: 0 for images that look the same. */
  meanFlip: number;
  /** Where the image, the golden image and a map of their differences are, if the mean is above the bound. */
  files: string | undefined;
}

declare module 'vitest/browser' {
  interface BrowserCommands {
    /** Compares two images, base64 of PNG files: of a case, and the golden one in the same form. */
    compareWithGolden: (
      way: string,
      name: string,
      images: { found: string; golden: string },
      bound: number,
    ) => Promise<GoldenComparison>;
  }
}

const output = fileURLToPath(new URL('../output/golden-images', import.meta.url));

/** Runs outside of the browser, because the command line computes the metric. */
export const compareWithGolden: BrowserCommand<
  [way: string, name: string, images: { found: string; golden: string }, bound: number]
> = (_context, way, name, { found, golden }, bound) => {
  const [foundFile, goldenFile] = [found, golden].map((png) => Buffer.from(png, 'base64')) as [
    Buffer,
    Buffer,
  ];
  return compareImages(foundFile, goldenFile, { folder: join(output, way), name, bound });
};

/** Compares an image with one in a file, and keeps both in a folder if they differ by more than the bound. */
export async function compareWithFile(
  png: Buffer,
  golden: string,
  options: { folder: string; name: string; bound: number },
): Promise<GoldenComparison> {
  return compareImages(png, await readFile(golden), options);
}

async function compareImages(
  png: Buffer,
  golden: Buffer,
  { folder, name, bound }: { folder: string; name: string; bound: number },
): Promise<GoldenComparison> {
  const [found, expected, map] = ['found', 'expected', 'flip'].map((part) =>
    join(folder, `${name}-${part}.png`),
  ) as [string, string, string];
  await mkdir(folder, { recursive: true });
  await writeFile(found, png);
  await writeFile(expected, golden);
  if (!existsSync(program)) throw new Error(`${program} is missing: run "npm run setup"`);
  const { stdout } = await promisify(execFile)(program, ['compare', found, expected, '--map', map, '--json']);
  const meanFlip: number = JSON.parse(stdout).images[0].mean_flip;
  if (meanFlip > bound) return { meanFlip, files: join(folder, `${name}-*.png`) };
  await Promise.all([found, expected, map].map((file) => rm(file)));
  return { meanFlip, files: undefined };
}
