/** Prints the closing table of `npm test`, and stores the record of a whole run for `npm run update -- test-times`. */
import { mkdir, writeFile } from 'node:fs/promises';
import { arch, cpus, platform } from 'node:os';
import { join } from 'node:path';
import { cache } from '../setup/paths.mjs';

/** The record of the last whole run, with or without `--full`. */
export const recordOf = (full) => join(cache, full ? 'test-times-full.json' : 'test-times.json');

/**
 * Prints the table and the totals, and sets the exit status.
 *
 * @param {import('./runner.mjs').Result[]} results
 * @param run.seconds total time, including preparation.
 * @param run.full whether the long parts ran, too.
 * @param run.isWhole whether all available parts ran.
 */
export async function summarize(results, { seconds, full, isWhole }) {
  const lines = tableLines(results);
  console.log(`\n${lines.join('\n')}`);
  for (const line of skippedLines(results)) console.log(line);
  const ran = results.filter(({ outcome }) => outcome !== 'up to date');
  const earlier = results.filter(({ outcome }) => outcome === 'up to date');
  if (earlier.length > 0) {
    console.log(
      `\n${earlier.length} parts are up to date (${sum(earlier, 'passed')} tests passed before; \`npm test -- --again\` runs them)`,
    );
  }
  console.log(`\nall parts, preparation included: ${clock(seconds)}`);
  console.log(`\n${sum(ran, 'passed')} passed, ${sum(ran, 'failed')} failed, ${sum(ran, 'skipped')} skipped`);
  if (sum(results, 'failed') > 0) process.exitCode = 1;
  else if (isWhole) {
    await mkdir(cache, { recursive: true });
    const machine = { cpu: cpus()[0]?.model ?? '', cores: cpus().length, system: `${platform()} ${arch()}` };
    const record = { at: new Date().toISOString(), machine, seconds, results };
    await writeFile(recordOf(full), JSON.stringify(record, null, 2));
  }
}

const sum = (results, key) => results.reduce((total, result) => total + result[key], 0);

/** Formats seconds as minutes and seconds. */
export const clock = (seconds) =>
  `${Math.floor(seconds / 60)}:${String(Math.round(seconds) % 60).padStart(2, '0')}`;

function tableLines(results) {
  const titles = ['part', 'passed', 'failed', 'skipped', 'seconds'];
  const rows = results.map(({ title, outcome, passed, failed, skipped, seconds }) => [
    title,
    String(passed),
    String(failed),
    String(skipped),
    outcome === 'ran' ? seconds.toFixed(1) : outcome,
  ]);
  const all = [titles, ...rows];
  const widths = titles.map((_, column) => Math.max(...all.map((row) => row[column].length)));
  return all
    .map((row) =>
      row
        .map((cell, column) => (column ? cell.padStart(widths[column]) : cell.padEnd(widths[column])))
        .join('  '),
    )
    .map((line) => `  ${line}`);
}

/** The skipped parts with their reasons, one per line. */
function skippedLines(results) {
  const skipped = results.flatMap(({ title, reasons }) => reasons.map((reason) => `  – ${title}: ${reason}`));
  return skipped.length > 0 ? ['\n  skipped:', ...skipped] : [];
}
