/** `npm run live`: sends a person through a call in each browser, with the effect on it, and looks at the far side. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { runnerImport } from 'vite';
import { replaceSection, table } from '../bench/markdown.mjs';
import { root } from './setup/paths.mjs';
import { prepare } from './setup/prepare.mjs';
import { main, step } from './setup/progress.mjs';

const help = `Usage: npm run live [-- options]

Sends a person before a marker through a loopback call in each browser, as the SDK makes it with its defaults and a plain
colour, and counts the frames of the far side and looks for the marker; again with the tab hidden.

  --only TEXT     only the targets whose names contain this
  --rate N        frames a second of the camera (default: 10, which a software GPU can keep up with)
  --seconds N     how long frames are counted for (default: 20)
  --markdown      write the table into docs/robustness.md
  --json          print the results as JSON
  -h, --help      show this text`;

const page = join(root, 'docs', 'robustness.md');
const targets = {
  chromium: 'Chromium',
  'chromium-webgl': 'Chromium, WebGPU off',
  firefox: 'Firefox ESR',
  'firefox-webgpu': 'Firefox ESR, WebGPU on',
};

await main(async () => {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: '' },
      rate: { type: 'string', default: '10' },
      seconds: { type: 'string', default: '20' },
      markdown: { type: 'boolean' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return console.log(help);
  const [seconds, rate] = [Number(values.seconds), Number(values.rate)];
  Object.assign(process.env, await prepare({ package: true, browser: true, firefox: true }));
  const { module } = await runnerImport(join(root, 'tests', 'browser', 'live', 'harness.ts'));
  const results = [];
  for (const target of Object.keys(targets).filter((name) => name.includes(values.only))) {
    for (const hidden of [false, true]) {
      await step(`${targets[target]}${hidden ? ', hidden' : ''}`, async () => {
        const harness = await module.Harness.open(target);
        try {
          const running = harness.run({ source: 'scene', mapping: 'background', seconds, rate });
          if (hidden) {
            // Once the far side shows something: what is counted is the hidden tab.
            await Promise.race([harness.started(), running]);
            await harness.hide();
          }
          const result = await running;
          results.push({ target, hidden, ...result, complaints: harness.complaints });
          return describe(result);
        } finally {
          await harness.close();
          await pause(500);
        }
      });
    }
  }
  if (values.json) console.log(JSON.stringify(results, undefined, 2));
  const text = render(results);
  if (values.markdown) await writeFile(page, replaceSection(await readFile(page, 'utf8'), 'live', text));
  console.log(text);
});

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
