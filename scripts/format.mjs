/** `npm run format`: formats all sources. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CommandError, run } from './setup/command.mjs';
import { checkNode, preparePackages } from './setup/npm.mjs';
import { root } from './setup/paths.mjs';
import { main, step } from './setup/progress.mjs';
import { requireCargo } from './setup/rust.mjs';

const help = `Usage: npm run format -- [options]

Formats TypeScript, JavaScript, JSON and CSS with Biome, which also lints them, and Rust with rustfmt.

  --check      change nothing, and fail if a file is not formatted
  -h, --help   show this text`;

const rustfmt = { program: 'cargo', check: ['--check'], write: [] };
const formatters = [
  {
    title: 'TypeScript, JavaScript, JSON, CSS',
    program: process.execPath,
    args: [join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome'), 'check'],
    check: [],
    write: ['--write'],
  },
  { title: 'Rust', ...rustfmt, args: ['fmt', '--all'] },
  // The fuzz targets are a separate workspace.
  {
    title: 'Rust fuzz targets',
    ...rustfmt,
    args: ['fmt', '--manifest-path', join('rust', 'fuzz', 'Cargo.toml')],
  },
];

await main(async () => {
  const { values } = parseArgs({
    options: { check: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) return console.log(help);
  checkNode();
  await preparePackages();
  await requireCargo();

  const failures = [];
  for (const { title, program, args, check, write } of formatters) {
    const mode = values.check ? check : write;
    await step(title, async (onLine) => void (await run(program, [...args, ...mode], { onLine }))).catch(
      (error) => {
        if (!(error instanceof CommandError)) throw error;
        failures.push(error);
      },
    );
  }
  // Errors are printed last, so that a lint error of Biome does not prevent Rust from being formatted.
  for (const { message, output } of failures) console.error(`\n${output.trimEnd()}\n\nerror: ${message}`);
  if (failures.length > 0) process.exitCode = 1;
});
