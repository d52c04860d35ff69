/** `npm run faults`: makes the browser fail in every way, and looks for the camera's background in every frame. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runnerImport } from 'vite';
import { replaceSection, table } from '../bench/markdown.mjs';
import { root } from './setup/paths.mjs';
import { prepare } from './setup/prepare.mjs';
import { main, step } from './setup/progress.mjs';

const help = `Usage: npm run faults [-- options]

Injects faults into a running background in Chromium (lost devices, traps, damaged networks, ended workers, other sizes and
cameras and more) while every frame that comes out is read. The camera shows a marker behind the person: a frame with the
marker has leaked. Ends with status 1 where one has, or where frames do not go on as they should.

  --backend NAME  webgpu or webgl (default: webgpu)
  --only TEXT     only the faults whose names contain this
  --markdown      write the table into docs/robustness.md
  --json          print the reports as JSON
  -h, --help      show this text`;

await main(async () => {
  const { values } = parseArgs({
    options: {
      backend: { type: 'string', default: 'webgpu' },
      only: { type: 'string', default: '' },
      markdown: { type: 'boolean' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return console.log(help);
  const { backend, only } = values;
  Object.assign(process.env, await prepare({ package: true, browser: true }));
  const { module } = await runnerImport(join(root, 'tests', 'browser', 'live', 'harness.ts'));
  const harness = await module.Harness.open(
    backend === 'webgl' ? 'chromium-webgl' : 'chromium',
    'faults.html',
  );
  const reports = [];
  try {
    const names = await harness.page.evaluate((backend) => globalThis.live.namesOfFaults(backend), backend);
    for (const name of names.filter((name) => name.includes(only))) {
      await step(name, async () => {
        const report = await harness.page.evaluate(
          (name, backend) => globalThis.live.injectFault(name, backend),
          name,
          backend,
        );
        reports.push(report);
        return describe(report);
      });
    }
    await harness.page.evaluate(() => globalThis.live.endFaults());
  } finally {
    await harness.close();
  }
  if (values.json) console.log(JSON.stringify(reports, undefined, 2));
  const sum = (count) => reports.reduce((total, report) => total + report[count], 0);
  const missed = reports.filter(({ missed }) => missed);
  for (const { fault, missed: what } of missed) console.log(`${fault}: ${what}`);
  if (values.markdown) {
    const page = join(root, 'docs', 'robustness.md');
    const end = `faults ${reports.length}, frames ${sum('frames')}, leaked ${sum('leaked')}`;
    const text = `${render(reports)}\n\nOn \`${backend}\`: ${end}.`;
    await writeFile(page, replaceSection(await readFile(page, 'utf8'), 'faults', text));
  }
  if (missed.length > 0 || sum('leaked') > 0) process.exitCode = 1;
  console.log(`faults ${reports.length}, frames ${sum('frames')}, leaked ${sum('leaked')}`);
});

function describe({ frames, leaked, composited, errors, missed, seconds }) {
  const told = errors.length > 0 ? `, told: ${errors.join(', ')}` : '';
  const end = missed ?? `all is well after ${seconds.toFixed(1)} s`;
  return `${frames} frames, ${composited} with the person, ${leaked} leaked; ${end}${told}`;
}

function render(reports) {
  return table(
    ['fault', 'frames read', 'with the person', 'leaked', 'told', 'all well after'],
    reports.map(({ fault, frames, composited, leaked, errors, missed, seconds }) => [
      fault,
      String(frames),
      String(composited),
      String(leaked),
      errors.map((code) => `\`${code}\``).join(', '),
      missed ?? `${seconds.toFixed(1)} s`,
    ]),
  );
}
