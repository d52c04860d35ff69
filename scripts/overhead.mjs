/** `npm run overhead`: what measuring costs, by frames with each `timing` in turns. */
import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runnerImport } from 'vite';
import { replaceSection, table } from '../bench/markdown.mjs';
import { median, quantile } from '../bench/statistics.mjs';
import { compare } from './paired.mjs';
import { SetupError } from './setup/command.mjs';
import { root } from './setup/paths.mjs';
import { prepare } from './setup/prepare.mjs';
import { main, step } from './setup/progress.mjs';

const help = `Usage: npm run overhead [-- options]

Takes frames in Chromium with timing off, auto and completed, in short turns, and compares each with off, round by round. A
second background with timing off shows how small a difference can be told. Ends with status 1 where auto certainly costs
more than 2 % of a frame.

  --rounds N      how many rounds (default: 100)
  --frames N      how many frames in a row of each case in a round (default: 4)
  --size WxH      their size in pixels (default: 640x360)
  --backend NAME  webgpu or webgl (default: webgpu)
  --markdown      write the table into docs/performance.md
  --json          print the report as JSON
  -h, --help      show this text`;

/** The most that metrics may cost, as a share of a frame. */
const BAR = 0.02;

await main(async () => {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '100' },
      frames: { type: 'string', default: '4' },
      size: { type: 'string', default: '640x360' },
      backend: { type: 'string', default: 'webgpu' },
      markdown: { type: 'boolean' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return console.log(help);
  const [rounds, framesPerRound] = [Number(values.rounds), Number(values.frames)];
  const [width, height] = values.size.split('x').map(Number);
  if (!(Number.isInteger(rounds) && rounds >= 6)) throw new SetupError('--rounds must be 6 or more');
  if (!(Number.isInteger(framesPerRound) && framesPerRound >= 1))
    throw new SetupError('--frames must be 1 or more');
  if (!(width > 0 && height > 0)) throw new SetupError('--size must be such as 640x360');
  const { backend } = values;
  Object.assign(process.env, await prepare({ package: true, browser: true }));
  const { module } = await runnerImport(join(root, 'tests', 'browser', 'live', 'harness.ts'));
  const target = backend === 'webgl' ? 'chromium-webgl' : 'chromium';
  const harness = await module.Harness.open(target, 'overhead.html');
  let report;
  let browser;
  try {
    browser = await harness.page.browser().version();
    await step('overhead', async (tell) => {
      const timer = setInterval(async () => {
        const done = await harness.page.evaluate(() => globalThis.live.rounds()).catch(() => undefined);
        if (done !== undefined) tell(`${done} of ${rounds} rounds`);
      }, 2_000);
      try {
        report = await harness.page.evaluate((options) => globalThis.live.measureOverhead(options), {
          rounds,
          framesPerRound,
          width,
          height,
          backend,
        });
      } finally {
        clearInterval(timer);
      }
      return `${median(report.rounds.off).toFixed(1)} ms a frame`;
    });
  } finally {
    await harness.close();
  }
  const rows = summarize(report);
  const auto = rows.find(({ name }) => name === 'auto');
  const text = render(rows, report, { browser, width, height, rounds, framesPerRound, backend });
  if (values.json) console.log(JSON.stringify({ ...report, rows }, undefined, 2));
  else console.log(text);
  if (values.markdown) {
    const page = join(root, 'docs', 'performance.md');
    await writeFile(page, replaceSection(await readFile(page, 'utf8'), 'overhead', text));
  }
  if (auto.low > BAR) process.exitCode = 1;
});

/** Each case beside `off`. */
function summarize({ rounds, bookkeeping }) {
  return Object.entries(rounds).map(([name, times]) => ({
    name,
    median: median(times),
    spread: [quantile(times, 0.25), quantile(times, 0.75)],
    ...(name === 'off' ? {} : compare(times, rounds.off)),
    bookkeeping: bookkeeping[name],
  }));
}

function render(rows, { adapter, timestamps }, { browser, width, height, rounds, framesPerRound, backend }) {
  const percent = (share) => `${(share * 100).toFixed(1)} %`;
  const machine = `${cpus()[0].model.trim()}, ${cpus().length} cores, ${browser}, ${adapter || backend}`;
  const how = timestamps ? 'by GPU timestamps' : 'by waiting for one frame a second';
  return [
    `${new Date().toISOString().slice(0, 10)}, ${machine}. ${width}x${height}, ${rounds} rounds of ${framesPerRound} frames, in turns; \`auto\` ${how}.`,
    table(
      [
        'timing',
        'ms a frame, median',
        'quartiles',
        'longer than `off`',
        'with 95 % certainty',
        'bookkeeping alone, µs a frame',
      ],
      rows.map(({ name, median, spread, share, low, high, bookkeeping }) => [
        `\`${name.replace(' again', '`, once more')}${name.includes('again') ? '' : '`'}`,
        median.toFixed(2),
        spread.map((time) => time.toFixed(1)).join(' to '),
        share === undefined ? '' : percent(share),
        share === undefined ? '' : `${percent(low)} to ${percent(high)}`,
        bookkeeping?.toFixed(1),
      ]),
    ),
  ].join('\n\n');
}
