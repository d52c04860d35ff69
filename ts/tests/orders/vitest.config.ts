import { join } from 'node:path';
import { defineConfig, type Plugin } from 'vitest/config';

/** Runs these tests with a defect restored in the source, for `npm run lab -- orders`. */
const defect: { file: string; changes: [string, string][] } | undefined = JSON.parse(
  process.env.CYCLORAMA_DEFECT ?? 'null',
);

const root = join(import.meta.dirname, '..', '..');

export default defineConfig({
  root,
  plugins: [
    {
      name: 'defect',
      enforce: 'pre',
      transform(code, id) {
        if (!defect || id !== join(root, 'src', defect.file)) return undefined;
        return defect.changes.reduce((changed, [text, other]) => changed.replace(text, () => other), code);
      },
    } satisfies Plugin,
  ],
  test: { include: ['tests/orders/*.test.ts'], environment: 'node' },
});
