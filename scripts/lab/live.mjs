/** `npm run lab -- live`: sends a person through a call in each browser, and looks at the far side. */
import { setTimeout as pause } from 'node:timers/promises';
import { table } from '../../bench/markdown.mjs';
import { step } from '../setup/progress.mjs';
import { runExperiment } from './experiment.mjs';
import { positive } from './options.mjs';

export const summary = 'sends a person through a call in each browser, in a visible and in a hidden tab';

export const help = `Usage: npm run lab -- live [options]

Sends a person in front of a marker through a loopback call in each browser, with the SDK's defaults and a plain color.
Counts the frames of the far side and looks for the marker there. Then it does the same with the tab hidden.

  --only TEXT     only the targets whose names contain this
  --rate N        frames a second of the camera (default: 10, which a software GPU can keep up with)
  --seconds N     how long frames are counted for (default: 20)
  --markdown      write the table into docs/reports/live.md
  --json          print the results as JSON
  -h, --help      show this text`;

const targets = {
  chromium: 'Chromium',
  'chromium-webgl': 'Chromium, WebGPU off',
  firefox: 'Firefox ESR',
  'firefox-webgpu': 'Firefox ESR, WebGPU on',
};

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
  for (const target of Object.keys(targets).filter((name) => name.includes(only))) {
    for (const hidden of [false, true]) {
      await step(`${targets[target]}${hidden ? ', hidden' : ''}`, async () => {
        const result = await visit(target, 'index.html', (harness) => call(harness, hidden, rate, seconds));
        results.push({ target, hidden, ...result });
        await pause(500);
        return describe(result);
      });
    }
  }
  return { report: results, text: render(results) };
}

async function call(harness, hidden, rate, seconds) {
  const running = harness.run({ source: 'scene', mapping: 'background', seconds, rate });
  if (hidden) {
    // Once the far side shows something: what is counted is the hidden tab.
    await Promise.race([harness.started(), running]);
    await harness.hide();
  }
  return { ...(await running), complaints: harness.complaints };
}

function describe({ backend, fps, framesIn, framesOut, dropped }) {
  return `${backend}: ${fps} frames a second, ${framesOut} of ${framesIn} came out, ${dropped} dropped`;
}

function render(results) {
  return table(
    [
      'browser',
      'tab',
      'runs on',
      'frames in',
      'dropped',
      'at the far side',
      'a second',
      'of the rate',
      'marker seen',
    ],
    results.map(({ target, hidden, backend, framesIn, dropped, framesOut, fps, rate, leaked, looks }) => [
      targets[target],
      hidden ? 'hidden' : 'shown',
      backend,
      String(framesIn),
      String(dropped),
      String(framesOut),
      fps.toFixed(1),
      `${((100 * fps) / rate).toFixed()} %`,
      `${leaked} of ${looks} looks`,
    ]),
  );
}
