/**
 * Runs the packed kit: node run.mjs OUT SECONDS prints its tables and writes OUT/report.json. SECONDS of the budget are over.
 * run.sh calls it.
 */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { measure } from './measure.mjs';
import { LEGEND, renderReport } from './tables.mjs';

const [out, spent] = process.argv.slice(2);
// This file is in bench/gpu/kit of the packed folder.
const base = new URL('../../../', import.meta.url);
const settings = JSON.parse(await readFile(new URL('settings.json', base), 'utf8'));
const program = fileURLToPath(new URL('bin/cyclorama', base));
const budget = settings.budget - Number(spent);
const report = await measure(
  { ...settings, budget },
  {
    base: base.href,
    native: existsSync(program) ? program : undefined,
    onLine: (line) => console.error(`${new Date().toISOString().slice(11, 19)} ${line}`),
  },
);
// The tables first: they remain if the file cannot be written.
console.log(`${renderReport(report)}\n\n${LEGEND}`);
await writeFile(join(out, 'report.json'), `${JSON.stringify(report, undefined, 2)}\n`);
if (report.rows.every(({ error }) => error !== undefined)) process.exit(1);
