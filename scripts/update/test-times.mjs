/** `npm run update -- test-times`: writes the times of all parts of `npm test` into docs/internals/test-times.md. */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { table } from '../../bench/markdown.mjs';
import { pageWriter } from '../../bench/sections.mjs';
import { SetupError } from '../setup/command.mjs';
import { clock, recordOf } from '../test/summary.mjs';

export const summary = 'times of all parts of npm test, in docs/internals/test-times.md';

export const help = `Usage: npm run update -- test-times [options]

Writes the times of the last whole run of npm test into docs/internals/test-times.md, between its marks. A whole run is
one with --again (or CI=true) in which no test failed.

  --full      write the times of npm test -- --full into their own table
  -h, --help  show this text`;

export async function run(args) {
  const { values } = parseArgs({ args, options: { full: { type: 'boolean', default: false } } });
  const section = values.full ? 'test-times-full' : 'test-times';
  const write = await pageWriter('docs/internals/test-times.md', [section]);
  const command = `npm test -- --again${values.full ? ' --full' : ''}`;
  const text = await readFile(recordOf(values.full), 'utf8').catch(() => {
    throw new SetupError(`No whole run is recorded: run \`${command}\` first.`);
  });
  const rendered = render(JSON.parse(text));
  await write(section, rendered);
  console.log(`\n${rendered}`);
}

function render({ at, machine, seconds, results }) {
  const rows = results.map(({ title, outcome, passed, skipped, seconds, reasons }) => [
    title,
    String(passed),
    String(skipped),
    outcome === 'ran' ? seconds.toFixed(1) : outcome,
    reasons.join('; '),
  ]);
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  const all = [
    'all, preparation included',
    String(sum('passed')),
    String(sum('skipped')),
    seconds.toFixed(1),
  ];
  const head = `${machine.cores} × ${machine.cpu}, ${machine.system}, ${at.slice(0, 10)}: ${clock(seconds)} minutes.`;
  return `${head}\n\n${table(['part', 'passed', 'skipped', 'seconds', 'skipped because'], [...rows, all])}`;
}
