/** For Vite: serves the repository's documentation beside the demo, as the plain text that it is written as. */
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

const folder = fileURLToPath(new URL('../docs/', import.meta.url));

/** The documents' names, without their endings. */
const documents = readdirSync(folder)
  .filter((file) => file.endsWith('.md'))
  .map((file) => file.slice(0, -'.md'.length));

/** Links to every document. As `.txt` every browser shows them, and saves none. */
export const documentLinks = documents
  .map((name) => {
    const title = `${name.charAt(0).toUpperCase()}${name.slice(1).replaceAll('-', ' ')}`;
    return `<a href="./docs/${name}.txt">${title}</a>`;
  })
  .join(' · ');

export const documentation: Plugin = {
  name: 'documentation',
  configureServer({ middlewares }) {
    middlewares.use((request, response, next) => {
      const name = request.url?.match(/^\/docs\/([\w-]+)\.txt$/)?.[1];
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
      // A static host may send no charset, and then only a byte order mark makes the text UTF-8.
      this.emitFile({ type: 'asset', fileName: `docs/${name}.txt`, source: `\uFEFF${text}` });
    }
  },
};
