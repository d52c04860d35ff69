import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
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
    /** Compares an image, base64 of a PNG file, with the golden image of a case. */
    compareWithGolden: (
      backend: string,
      name: string,
      png: string,
      bound: number,
    ) => Promise<GoldenComparison>;
  }
}

const goldens = fileURLToPath(new URL('../golden/images', import.meta.url));
const output = fileURLToPath(new URL('../output/golden-images', import.meta.url));

/** Runs outside of the browser, because the command line computes the metric. */
export const compareWithGolden: BrowserCommand<
  [backend: string, name: string, png: string, bound: number]
> = (_context, backend, name, png, bound) =>
  compareWithFile(Buffer.from(png, 'base64'), join(goldens, `${name}.png`), {
    folder: join(output, backend),
    name,
    bound,
  });

/** Compares an image with one in a file, and keeps both in a folder if they differ by more than the bound. */
export async function compareWithFile(
  png: Buffer,
  golden: string,
  { folder, name, bound }: { folder: string; name: string; bound: number },
): Promise<GoldenComparison> {
  const [found, expected, map] = ['found', 'expected', 'flip'].map((part) =>
    join(folder, `${name}-${part}.png`),
  ) as [string, string, string];
  await mkdir(folder, { recursive: true });
  await writeFile(found, png);
  await copyFile(golden, expected);
  if (!existsSync(program)) throw new Error(`${program} is missing: run "npm run setup"`);
  const { stdout } = await promisify(execFile)(program, ['compare', found, expected, '--map', map, '--json']);
  const meanFlip: number = JSON.parse(stdout).images[0].mean_flip;
  if (meanFlip > bound) return { meanFlip, files: join(folder, `${name}-*.png`) };
  await Promise.all([found, expected, map].map((file) => rm(file)));
  return { meanFlip, files: undefined };
}
