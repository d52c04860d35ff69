/** Finds the words of refused-words.mjs in the files that git tracks. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { SetupError } from '../../scripts/setup/command.mjs';
import { root } from '../../scripts/setup/paths.mjs';
import { main } from '../../scripts/setup/progress.mjs';
import { exceptions, refused, skippedFiles } from './refused-words.mjs';

const help = `Usage: node tests/docs/words.mjs [--count] [PATH...]

Lists the words that the project does not use, in the tracked files below each PATH (all by default), with what to write
instead. Exits with 1 if it finds any. The list is in tests/docs/refused-words.mjs.

  --count     count them by folder
  -h, --help  show this text`;

const TEXT = /\.(?:md|tsx?|m?js|rs|wgsl|html|css|py|sh)$/;

/**
 * @typedef {object} Finding
 * @property {string} file
 * @property {number} line
 * @property {string} word the word as written in the file.
 * @property {string} instead the replacement.
 */

/** The tracked text files below `paths`, from the checkout's root. */
export function textFiles(paths = []) {
  const listed = execFileSync('git', ['ls-files', '-z', '--', ...paths], { cwd: root, encoding: 'utf8' });
  return listed
    .split('\0')
    .filter((file) => TEXT.test(file) && existsSync(join(root, file)))
    .filter((file) => !skippedFiles.some(([pattern]) => pattern.test(file)));
}

/** @returns {Finding[]} the refused words of a text. */
export function findWords(file, text) {
  const allowed = exceptions.filter(({ files }) => files?.test(file) ?? true);
  return text.split('\n').flatMap((content, index) => {
    const line = allowed.reduce((rest, { allow }) => rest.replaceAll(allow, '·'), content);
    const found = [];
    for (const [pattern, instead] of refused) {
      const word = (pattern.exec(line) ?? pattern.exec(splitIdentifiers(line)))?.[0];
      if (word !== undefined) found.push({ file, line: index + 1, word, instead });
    }
    return found;
  });
}

/** The refused words of all files below `paths`. */
export function findAll(paths) {
  return textFiles(paths).flatMap((file) => findWords(file, readFileSync(join(root, file), 'utf8')));
}

export const describe = ({ file, line, word, instead }) => `${file}:${line}: "${word}": write ${instead}`;

/** Splits the identifiers of a line: `newImage_size` becomes `new Image size`. */
function splitIdentifiers(line) {
  return line.replaceAll(/([a-z0-9])(?=[A-Z])/g, '$1 ').replaceAll(/(?<=\w)_(?=\w)/g, ' ');
}

/** A row for each folder, with its number of findings and its most frequent words. */
function countsByFolder(findings) {
  const folderOf = ({ file }) => file.split('/').slice(0, -1).slice(0, 3).join('/') || '.';
  const rows = [...groupBy(findings, folderOf)].map(([folder, its]) => {
    const words = [...groupBy(its, ({ word }) => word.toLowerCase())]
      .sort(([, a], [, b]) => b.length - a.length)
      .slice(0, 6)
      .map(([word, { length }]) => `${word} ${length}`);
    return { folder, count: its.length, words: words.join(', ') };
  });
  return rows.sort((a, b) => b.count - a.count);
}

/** `Map.groupBy`, which Node.js 20 lacks. */
function groupBy(items, keyOf) {
  const groups = new Map();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await main(async () => {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { count: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    });
    if (values.help) return console.log(help);
    const empty = positionals.find((path) => textFiles([path]).length === 0);
    if (empty !== undefined) throw new SetupError(`${empty} contains no tracked text file.`);
    if (print(findAll(positionals), values.count) > 0) process.exitCode = 1;
  });
}

/** Prints the findings, or their counts, and returns their number. */
function print(findings, count) {
  if (count) {
    for (const { folder, count, words } of countsByFolder(findings)) {
      console.log(`${String(count).padStart(6)}  ${folder.padEnd(34)} ${words}`);
    }
  } else {
    for (const finding of findings) console.log(describe(finding));
  }
  console.log(`${findings.length} refused words`);
  return findings.length;
}
