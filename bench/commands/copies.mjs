/** `npm run bench -- copies`: how frames enter and leave memory in Chromium without a GPU. */
import { parseArgs } from 'node:util';
import { prepareBrowser } from '../../scripts/setup/browser.mjs';
import { preparePackages } from '../../scripts/setup/npm.mjs';
import { step } from '../../scripts/setup/progress.mjs';
import { table } from '../markdown.mjs';
import { pageWriter } from '../sections.mjs';
import { summary as statistics } from '../statistics.mjs';

export const summary = 'how frames enter and leave memory in a browser without a GPU';

export const help = `Usage: npm run bench -- copies [options]

Times the browser's own steps around a 720p frame in Chromium without GPU flags: reading a frame, uploading it, and
making the output.

  --rounds NUMBER  number of rounds (default 100)
  --json           print the figures as JSON
  --markdown       write the table into docs/internals/webgl.md, between its marks
  -h, --help       show this text`;

const size = { width: 1280, height: 720 };

export async function run(args) {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '100' },
      json: { type: 'boolean' },
      markdown: { type: 'boolean' },
    },
  });
  const write = values.markdown && (await pageWriter('docs/internals/webgl.md', ['copies']));
  await preparePackages();
  // Imported late: playwright-core was installed by `preparePackages`.
  const [{ launch, visit }, { serve }, { describeMachine }] = await Promise.all([
    import('../browser.mjs'),
    import('../server.mjs'),
    import('../machine.mjs'),
  ]);
  const browser = await launch(await prepareBrowser(), 'none');
  const server = await serve();
  try {
    let times;
    await step('copies', async () => {
      const { evaluate, base } = await visit(browser, server, 'copies');
      const options = { ...size, rounds: Number(values.rounds), url: `${base}bench/copies/page.js` };
      times = await evaluate(async (options) => (await import(options.url)).measure(options), options);
    });
    const machine = await describeMachine(browser);
    const text = render(times, machine);
    console.log(values.json ? JSON.stringify({ machine, times }, undefined, 2) : `\n${text}`);
    if (write) await write('copies', text);
  } finally {
    server.close();
    await browser.close();
  }
}

function render(times, { date, cpu, cores, browser }) {
  const rows = Object.entries(times).map(([name, list]) => {
    const { medianMs, p95Ms } = statistics(list);
    return [name, medianMs.toFixed(2), p95Ms.toFixed(2)];
  });
  return `${date}, ${cpu}, ${cores} cores, ${browser}.\n\n${table(['step', 'median, ms', 'p95, ms'], rows)}`;
}
