/** The reports behind docs/reports/page.md and native.md: kept, so that what is made of them can be made again, and compared with. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { root } from '../../scripts/setup/paths.mjs';

/** @param {'page' | 'native'} by what made the report. */
export const storedReport = (by) => join(root, 'docs', 'reports', `${by}.json`);

/** A report as a file that differs by lines: one for each row. */
export function serialize({ rows, ...rest }) {
  const head = JSON.stringify(rest, undefined, 2).replace(/\n\}$/, '');
  const lines = rows.map((row) => `    ${JSON.stringify(row, rounded)}`);
  return `${head},\n  "rows": [\n${lines.join(',\n')}\n  ]\n}\n`;
}

/** Five digits: what is measured here never has more. */
function rounded(_, value) {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value;
}

export async function store(report) {
  const file = storedReport(report.by);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, serialize(report));
}

/** The report that was kept; undefined where there is none. */
export async function restore(by) {
  const text = await readFile(storedReport(by), 'utf8').catch(() => undefined);
  return text && JSON.parse(text);
}
