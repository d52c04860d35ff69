import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { changeImport } from '../../../../tests/browser/sdk/chime-app/change-import.js';

const app = fileURLToPath(new URL('../../../../tests/browser/sdk/chime-app', import.meta.url));
const browserTests = join(app, '../..');
const chime = fileURLToPath(new URL('../../../src/adapters/chime/index.ts', import.meta.url));
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');

/** Compiles a replacement for the app's `filters.ts`, and returns the compiler's output. */
async function compile(source: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cyclorama-chime-app-'));
  try {
    await writeFile(join(folder, 'filters.ts'), source);
    const project = join(folder, 'tsconfig.json');
    const options = {
      extends: join(browserTests, 'tsconfig.json'),
      compilerOptions: {
        // Merges the folder with the app's, so that the file can import its neighbors.
        rootDirs: [folder, app],
        paths: { 'cyclorama/chime': [chime] },
        types: [],
      },
      include: [],
      files: ['filters.ts'],
    };
    await writeFile(project, JSON.stringify(options));
    return await new Promise((resolve) =>
      execFile(process.execPath, [tsc, '-p', project], (_, stdout) => resolve(stdout)),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('an app of the SDK’s filters compiles after one changed import', { timeout: 60_000 }, async () => {
  const source = changeImport(await readFile(join(app, 'filters.ts'), 'utf8'));
  expect(await compile(source)).toBe('');
  // A wrong call shows that the compiler checks the file.
  expect(await compile(source.replace('setBlurStrength(BackgroundBlurStrength.LOW)', 'setBlur()'))).toContain(
    "'setBlur' does not exist",
  );
});
