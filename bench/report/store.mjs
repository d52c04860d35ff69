/** Stores the reports behind docs/reports/page.md and native.md, from which the tables can be rendered again. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { root } from '../../scripts/setup/paths.mjs';

/** @param {'page' | 'native'} by the program that wrote the report. */
export const storedReport = (by) => join(root, 'docs', 'reports', `${by}.json`);

/** Serializes a report with one line per row, so that diffs are readable. */
export function serialize({ rows, ...rest }) {
  const head = JSON.stringify(rest, undefined, 2).replace(/\n\}$/, '');
  const lines = rows.map((row) => `    ${JSON.stringify(row, rounded)}`);
  return `${head},\n  "rows": [\n${lines.join(',\n')}\n  ]\n}\n`;
}

/** Rounds to five digits, which is more than the precision of the measurements. */
function rounded(_, value) {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value;
}

export async function store(report) {
  const file = storedReport(report.by);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, serialize(report));
}

/** The stored report, or undefined before the first. */
export async function restore(by) {
  const text = await readFile(storedReport(by), 'utf8').catch(() => undefined);
  return text && JSON.parse(text);
}
