/** `npm run update -- browser-support`: test results of each browser engine, in docs/browser-support.md. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { pageWriter } from '../../bench/sections.mjs';
import { SetupError, UnavailableError } from '../setup/command.mjs';
import { root } from '../setup/paths.mjs';
import { Preparation } from '../setup/prepare.mjs';
import { collect, engineTitles } from './support/collect.mjs';
import { readCompat } from './support/compat.mjs';
import { render, sections } from './support/tables.mjs';

export const summary = 'test results of each browser engine, in docs/browser-support.md';

export const help = `Usage: npm run update -- browser-support [options]

Opens the demo's page "Check this browser" in every installed engine and stores the reports in
docs/reports/browser-support.json. Writes the tables of docs/browser-support.md from these reports and from MDN's
compatibility data. An engine that is not installed keeps its last report.

  --only TEXT  run only the engines whose names contain TEXT: ${Object.keys(engineTitles).slice(0, 3).join(', ')},
               ${Object.keys(engineTitles).slice(3).join(', ')}
  --tables     write the tables from the stored reports, without running a browser
  --json       print the reports as JSON and write nothing
  -h, --help   show this text`;

const file = join(root, 'docs', 'reports', 'browser-support.json');

export async function run(args) {
  const { values } = parseArgs({
    args,
    options: { only: { type: 'string' }, tables: { type: 'boolean' }, json: { type: 'boolean' } },
  });
  const names = choose(values);
  const write = await pageWriter('docs/browser-support.md', sections);
  const kept = await readKept(values.tables);
  if (!values.tables) {
    await prepareEngines();
    Object.assign(kept.engines, await collect(names));
    const { default: data } = await import('@mdn/browser-compat-data', { with: { type: 'json' } });
    kept.compat = readCompat(data);
  }
  if (values.json) return console.log(JSON.stringify(kept, null, 2));
  if (!values.tables) {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `${JSON.stringify(kept, null, 1)}\n`);
  }
  const texts = sections.map((section) => [section, render(section, kept)]);
  for (const [section, text] of texts) await write(section, text);
  console.log(texts.map(([, text]) => `\n${text}`).join('\n'));
}

function choose({ only = '', tables }) {
  const names = Object.keys(engineTitles).filter((name) => name.includes(only));
  if (names.length === 0) {
    throw new SetupError(
      `--only ${only} matches no engine. The engines are: ${Object.keys(engineTitles).join(', ')}.`,
    );
  }
  if (tables && only !== '') throw new SetupError('--only selects engines to run, but --tables runs none.');
  return names;
}

/** Prepares the demo, Chromium and those other engines that can be installed. */
async function prepareEngines() {
  const preparation = new Preparation();
  for (const name of ['demo', 'browser']) Object.assign(process.env, await preparation.need(name));
  for (const name of ['firefox', 'webkit']) {
    try {
      Object.assign(process.env, await preparation.need(name));
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      process.env[`CYCLORAMA_${name.toUpperCase()}_UNAVAILABLE`] = error.message;
    }
  }
}

/** The stored reports; empty before the first run. */
async function readKept(required) {
  const text = await readFile(file, 'utf8').catch((error) => {
    if (error.code === 'ENOENT' && !required) return undefined;
    throw new SetupError(
      `${file} cannot be read: ${error.message}. Run \`npm run update -- browser-support\` without --tables first.`,
    );
  });
  return text === undefined ? { engines: {}, compat: undefined } : JSON.parse(text);
}
