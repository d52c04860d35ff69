import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { changeImport } from './change-import.ts';

const chime = fileURLToPath(new URL('../../../../ts/src/adapters/chime/index.ts', import.meta.url));

/** Serves `app.ts?cyclorama`: the app with its one line changed, on the sources that all tests use. */
export const chimeApp: Plugin = {
  name: 'chime-app',
  enforce: 'pre',
  resolveId: (id, importer) =>
    id === 'cyclorama/chime' && importer?.endsWith('?cyclorama') ? chime : undefined,
  transform: (code, id) => (id.endsWith('?cyclorama') ? changeImport(code) : undefined),
};
