/** `npm run lab -- live`: runs a call in each browser, and inspects the frames of the far side. */
import { setTimeout as pause } from 'node:timers/promises';
import { table } from '../../bench/markdown.mjs';
import { step } from '../setup/progress.mjs';
import { runExperiment } from './experiment.mjs';
import { positive } from './options.mjs';

export const summary = 'runs a call in each browser, in a visible and in a hidden tab';

export const help = `Usage: npm run lab -- live [options]

Sends a person in front of a marker through a loopback call in each browser, with a plain color. Software GPUs are used
only where the table names them, and otherwise the SDK's defaults.
Counts the frames of the far side and searches them for the marker. Repeats this with the tab hidden.

  --only TEXT     run only the browsers whose names contain this
  --rate N        frame rate of the camera (default: 10, for software GPUs)
  --seconds N     duration of the count (default: 20)
  --markdown      write the table into docs/reports/live.md
  --json          print the results as JSON
  -h, --help      show this text`;

/** The calls: browser, title and backend. */
const calls = [
  ['chromium-without-gpu', 'Chromium without a GPU', 'auto'],
  ['chromium', 'Chromium, emulated WebGPU', 'webgpu'],
  ['chromium-webgl', 'Chromium, emulated WebGL2', 'webgl'],
  ['firefox', 'Firefox ESR', 'auto'],
  ['firefox-webgpu', 'Firefox ESR, emulated WebGPU', 'webgpu'],
].map(([target, title, backend]) => ({ target, title, backend }));

export const run = (args) =>
  runExperiment(
    {
      options: {
        only: { type: 'string', default: '' },
        rate: { type: 'string', default: '10' },
        seconds: { type: 'string', default: '20' },
      },
      read: ({ only, rate, seconds }) => ({
        only,
        rate: positive('--rate', rate),
        seconds: positive('--seconds', seconds),
      }),
      firefox: true,
      page: 'docs/reports/live.md',
      section: 'live',
      conduct,
    },
    args,
  );

async function conduct({ only, rate, seconds }, visit) {
  const results = [];
  for (const { target, title, backend } of calls.filter((each) => each.target.includes(only))) {
    for (const hidden of [false, true]) {
      await step(`${title}${hidden ? ', hidden' : ''}`, async () => {
        const options = { backend, seconds, rate };
        const result = await visit(target, 'index.html', (harness) => call(harness, hidden, options));
        results.push({ title, hidden, ...result });
        await pause(500);
        return describe(result);
      });
    }
  }
  return { report: results, text: render(results) };
}

async function call(harness, hidden, options) {
  const running = harness.run({ source: 'scene', mapping: 'background', ...options });
  if (hidden) {
    // The tab is hidden once the far side shows a frame.
    await Promise.race([harness.started(), running]);
    await harness.hide();
  }
  return { ...(await running), complaints: harness.complaints };
}

function describe({ backend, fps, framesIn, framesOut, dropped }) {
  return `${backend}: ${fps} frames a second, ${framesOut} of ${framesIn} received, ${dropped} dropped`;
}

function render(results) {
  return table(
    [
      'browser',
      'tab',
      'backend',
      'frames in',
      'dropped',
      'at the far side',
      'a second',
      'of the rate',
      'marker seen',
    ],
    results.map(({ title, hidden, backend, framesIn, dropped, framesOut, fps, rate, leaked, looks }) => [
      title,
      hidden ? 'hidden' : 'shown',
      backend,
      String(framesIn),
      String(dropped),
      String(framesOut),
      fps.toFixed(1),
      `${((100 * fps) / rate).toFixed()} %`,
      `${leaked} of ${looks} samples`,
    ]),
  );
}
