/** `npm run lab -- faults`: injects faults into the browser, and searches every output frame for the camera image. */
import { table } from '../../bench/markdown.mjs';
import { step } from '../setup/progress.mjs';
import { runExperiment } from './experiment.mjs';
import { backendOption, chromiumOf, sectionOf } from './options.mjs';

export const summary = 'injects faults into Chromium, and searches every frame for the camera image';

export const help = `Usage: npm run lab -- faults [options]

Injects faults into a running background in Chromium: lost GPU devices, WebAssembly crashes, damaged models, terminated
workers, frames that cannot be copied or created, other frame sizes, formats and cameras, and more. Reads every output frame. The camera shows a marker behind the person:
a frame with the marker has leaked. Exits with status 1 if a frame leaks, or if output does not resume after a fault.

  --backend NAME  webgpu, or without GPU flags webgl or cpu (default: webgpu)
  --only TEXT     run only the faults whose names contain this
  --markdown      write the table into docs/reports/faults.md
  --json          print the reports as JSON
  -h, --help      show this text`;

export const run = (args) =>
  runExperiment(
    {
      options: { backend: backendOption, only: { type: 'string', default: '' } },
      read: ({ backend, only }) => ({ backend, only, target: chromiumOf(backend) }),
      page: 'docs/reports/faults.md',
      section: ({ backend }) => sectionOf('faults', backend),
      conduct,
    },
    args,
  );

async function conduct({ backend, only, target }, visit) {
  const reports = await visit(target, 'faults.html', ({ page }) => injectFaults(page, backend, only));
  const sum = (count) => reports.reduce((total, report) => total + report[count], 0);
  const missed = reports.filter(({ missed }) => missed);
  const end = `faults ${reports.length}, frames ${sum('frames')}, leaked ${sum('leaked')}`;
  return {
    report: reports,
    text: `${render(reports)}\n\nOn \`${backend}\`: ${end}.`,
    closing: [...missed.map(({ fault, missed: what }) => `${fault}: ${what}`), end],
    failed: missed.length > 0 || sum('leaked') > 0,
  };
}

async function injectFaults(page, backend, only) {
  const reports = [];
  const names = await page.evaluate((backend) => globalThis.live.namesOfFaults(backend), backend);
  for (const name of names.filter((name) => name.includes(only))) {
    await step(name, async () => {
      const report = await page.evaluate(
        (name, backend) => globalThis.live.injectFault(name, backend),
        name,
        backend,
      );
      reports.push(report);
      return describe(report);
    });
  }
  await page.evaluate(() => globalThis.live.endFaults());
  return reports;
}

function describe({ frames, leaked, composited, errors, missed, seconds }) {
  const reported = errors.length > 0 ? `, reported: ${errors.join(', ')}` : '';
  const end = missed ?? `recovered after ${seconds.toFixed(1)} s`;
  return `${frames} frames, ${composited} with the person, ${leaked} leaked; ${end}${reported}`;
}

function render(reports) {
  return table(
    ['fault', 'frames read', 'with the person', 'leaked', 'reported', 'recovered after'],
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
