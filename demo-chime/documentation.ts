/** For Vite: serves the repository's documentation with the demo, as plain text. */
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

const folder = fileURLToPath(new URL('../docs/', import.meta.url));

/** The paths of the documents, without their endings. */
const documents = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.md'))
  .map((file) => file.slice(0, -'.md'.length).replaceAll('\\', '/'))
  .sort();

/** Links to the documents outside of folders. Every browser displays `.txt` files, and downloads none. */
export const documentLinks = documents
  .filter((name) => !name.includes('/'))
  .map((name) => {
    const title = name === 'README' ? 'overview' : name.replaceAll('-', ' ');
    return `<a href="./docs/${name}.txt">${title.charAt(0).toUpperCase()}${title.slice(1)}</a>`;
  });

export const documentation: Plugin = {
  name: 'documentation',
  configureServer({ middlewares }) {
    middlewares.use((request, response, next) => {
      const name = request.url?.match(/^\/docs\/([\w/-]+)\.txt$/)?.[1];
      if (!name || !documents.includes(name)) return next();
      readFile(`${folder}${name}.md`).then((text) => {
        response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
        response.end(text);
      }, next);
    });
  },
  async generateBundle() {
    for (const name of documents) {
      const text = await readFile(`${folder}${name}.md`, 'utf8');
      // A static host may send no charset. Only a byte order mark then makes the text UTF-8.
      this.emitFile({ type: 'asset', fileName: `docs/${name}.txt`, source: `\uFEFF${text}` });
    }
  },
};
