/** Parses the project's pages: code blocks, headings, links and commands, each with its line. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/setup/paths.mjs';

/** Pages whose code blocks are compiled, as paths from the checkout's root. */
export const guides = [
  'README.md',
  'ts/README.md',
  'CONTRIBUTING.md',
  ...pagesIn('docs'),
  ...pagesIn('docs/internals'),
  ...pagesIn('docs/decisions'),
  ...pagesIn('docs/reports'),
];

/** The pages of a folder that may be missing. */
function pagesIn(folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);
}

/** All pages of the project. */
export const pages = [
  ...guides,
  'CHANGELOG.md',
  'bench/README.md',
  'models/LICENSES.md',
  'models/README.md',
  'tests/data/README.md',
  'tests/golden/README.md',
];

/** The text of a page. */
export const read = (page) => readFileSync(join(root, page), 'utf8');

/**
 * The fenced code blocks of a text, with the number of their first line of code, their heading, and their index among
 * the blocks of that language below the heading.
 */
export function codeBlocks(text) {
  const blocks = [];
  let heading = '';
  let open;
  for (const [index, line] of text.split('\n').entries()) {
    const [, indent, fence, language] = /^(\s*)(`{3,})(\w*)/.exec(line) ?? [];
    if (open) {
      if (fence !== undefined && fence.length >= open.fence.length && !language) {
        const { lines, ...block } = open;
        blocks.push({ ...block, code: `${lines.join('\n')}\n` });
        open = undefined;
      } else {
        open.lines.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line);
      }
    } else if (fence !== undefined) {
      const place = blocks.filter((block) => block.heading === heading && block.language === language).length;
      open = { heading, language, place, line: index + 2, fence, indent, lines: [] };
    } else if (/^#+ /.test(line)) {
      heading = line.replace(/^#+ /, '').trim();
    }
  }
  return blocks;
}

/** A text with blank code blocks and code spans. Lines keep their numbers. */
export function withoutCode(text) {
  let open = false;
  return text
    .split('\n')
    .map((line) => {
      const fence = /^\s*`{3,}/.test(line);
      if (fence) open = !open;
      return open || fence ? '' : line.replace(/`[^`]*`/g, (span) => ' '.repeat(span.length));
    })
    .join('\n');
}

/** The anchors of a page's headings, as GitHub generates them. */
export function anchors(text) {
  const seen = new Map();
  const found = new Set();
  let open = false;
  for (const line of text.split('\n')) {
    if (/^\s*`{3,}/.test(line)) open = !open;
    const title = open ? undefined : /^#+ +(.*?)\s*$/.exec(line)?.[1];
    if (title !== undefined) {
      const slug = slugOf(title);
      const count = seen.get(slug) ?? 0;
      seen.set(slug, count + 1);
      found.add(count ? `${slug}-${count}` : slug);
    }
    for (const [, name] of line.matchAll(/<a (?:id|name)="([^"]+)"/g)) found.add(name);
  }
  return found;
}

function slugOf(title) {
  return title
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}_\- ]/gu, '')
    .replaceAll(' ', '-');
}

/** The targets of a page's links and images, with lines. */
export function links(text) {
  const found = [];
  for (const [index, line] of withoutCode(text).split('\n').entries()) {
    const inline = line.matchAll(/\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)/g);
    const html = line.matchAll(/<(?:img|a|source)\b[^>]*?\b(?:src|href|srcset)="([^"]+)"/g);
    for (const [, target] of [...inline, ...html]) found.push({ target, line: index + 1 });
  }
  return found;
}

/**
 * The commands in a page: the lines of its `sh` blocks, code spans that start with a program, and the marks of
 * sections, which name the commands that write them.
 */
export function commands(text) {
  const found = [];
  for (const { language, line, code } of codeBlocks(text)) {
    if (language !== 'sh') continue;
    for (const [index, typed] of code.split('\n').entries()) {
      const command = typed.replace(/(^|\s)#.*$/, '').trim();
      if (command) found.push({ command, line: line + index });
    }
  }
  for (const [index, line] of text.split('\n').entries()) {
    for (const [, command] of line.matchAll(/`((?:npm|node|npx|cargo|cyclorama) [^`]+)`/g)) {
      found.push({ command, line: index + 1 });
    }
    const mark = /^<!-- [\w-]+: (.+) -->$/.exec(line);
    if (mark) found.push({ command: mark[1], line: index + 1 });
  }
  return found;
}
