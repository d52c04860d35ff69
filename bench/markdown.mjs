/** Markdown, and pages that a command keeps up to date. */

/** Renders a table. Undefined cells are empty. */
export function table(header, rows) {
  const line = (cells) => `| ${cells.map((cell) => cell ?? '').join(' | ')} |`;
  return [line(header), `|${header.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

/**
 * Puts text between the marks `<!-- NAME: ... -->` and `<!-- /NAME -->` of a page.
 *
 * @throws {Error} if the page does not have both marks, in this order.
 */
export function replaceSection(page, name, text) {
  const begin = page.match(new RegExp(`^<!-- ${name}: .*-->$`, 'm'));
  const end = `<!-- /${name} -->`;
  const from = begin ? begin.index + begin[0].length : -1;
  const to = page.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`The page lacks the marks <!-- ${name}: … --> and ${end}.`);
  return `${page.slice(0, from)}\n${text}\n${page.slice(to)}`;
}
