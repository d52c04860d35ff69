/**
 * A Vite plugin with which browser tests import a page's code block: `snippet:PAGE|TEXT`, the first block with the
 * text.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/setup/paths.mjs';
import { codeBlocks, read } from './pages.mjs';

const NAME = /^snippet:([^|]+)\|(.+)$/;
/** A folder from which packages resolve as in an app. */
const folder = join(root, 'tests', 'output', 'snippets');
/** The app's objects, which the tests provide. */
const surroundings = join(root, 'tests', 'browser', 'sdk', 'docs', 'docs-surroundings.ts');
const PROVIDED = [
  'camera',
  'video',
  'photo',
  'context',
  'background',
  'processor',
  'logger',
  'meetingSession',
  'peerConnection',
  'room',
];

/** @returns {import('vite').Plugin} */
export function snippets() {
  return {
    name: 'cyclorama-snippets',
    enforce: 'pre',
    resolveId(id) {
      const [, page, text] = NAME.exec(id) ?? [];
      if (!page || !text) return undefined;
      const block = codeBlocks(read(page)).find(
        ({ language, code }) => language === 'ts' && code.includes(text),
      );
      if (!block) throw new Error(`${page} has no block of TypeScript with ${text}`);
      const path = join(folder, `${page.replaceAll(/[/.]/g, '-')}-${block.line}.ts`);
      // On disk, because Vite's dependency scan reads only files.
      mkdirSync(folder, { recursive: true });
      writeFileSync(path, asModule(block.code));
      return path;
    },
  };
}

/** Converts a block to a module that imports the provided names and exports its declarations. */
function asModule(code) {
  const declared = [...code.matchAll(/^(?:const|let) (?:(\w+)|\[(\w+)\]|\{ ?([\w, ]+?) ?\})/gm)].flatMap(
    ([, name, first, several]) => several?.split(/, */) ?? [name ?? first],
  );
  const free = PROVIDED.filter((name) => new RegExp(`\\b${name}\\b`).test(code) && !declared.includes(name));
  const before = free.length > 0 ? `import { ${free.join(', ')} } from ${JSON.stringify(surroundings)};` : '';
  return `${before}${code}\nexport { ${declared.join(', ')} };\n`;
}
