/** `npm run overhead`: what measuring costs, by frames with each `timing` in turns. */
import { readFile, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runnerImport } from 'vite';
import { replaceSection, table } from '../bench/markdown.mjs';
import { median } from '../bench/statistics.mjs';
import { compare } from './paired.mjs';
import { processorTime } from './processor-time.mjs';
import { SetupError } from './setup/command.mjs';
import { root } from './setup/paths.mjs';
import { prepare } from './setup/prepare.mjs';
import { main, step } from './setup/progress.mjs';

const help = `Usage: npm run overhead [-- options]

Takes frames in Chromium with timing off, auto, every and completed, in short turns, and compares each with off, round by
round: by the processor time of all of the browser on Linux, else by the clock on the wall. A second background with
timing off shows how small a difference can be told. Ends with status 1 where auto certainly costs more than 2 % of a
frame.

  --rounds N      how many rounds (default: 100)
  --frames N      how many frames in a row of each case in a round (default: 4)
  --size WxH      their size in pixels (default: 640x360)
  --backend NAME  webgpu or webgl (default: webgpu)
  --markdown      write the table into docs/performance.md
  --json          print the report as JSON
  -h, --help      show this text`;

/** The most that metrics may cost, as a share of a frame. */
const BAR = 0.02;

/** As the page has them: the second `off` differs in nothing from the first. */
const CASES = ['off', 'off again', 'auto', 'every', 'completed'];

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
  try {
    const browser = harness.page.browser();
    await step('overhead', async (tell) => {
      const info = await harness.page.evaluate((options) => globalThis.live.openCases(options), {
        width,
        height,
        backend,
      });
      report = { ...info, browser: await browser.version(), ...newTimes() };
      for (let round = 0; round < rounds; round += 1) {
        tell(`${round} of ${rounds} rounds`);
        // Each case stands in each place as often.
        for (const place of CASES.keys()) {
          const name = CASES[(place + round) % CASES.length];
          const { wall, processor } = await measure(
            harness.page,
            browser.process().pid,
            name,
            framesPerRound,
          );
          report.wall[name].push(wall);
          if (processor !== undefined) report.processor[name].push(processor);
        }
      }
      return `${median(report.wall.off).toFixed(1)} ms a frame`;
    });
  } finally {
    await harness.close();
  }
  const rows = summarize(report);
  const auto = rows.find(({ name }) => name === 'auto');
  const text = render(rows, report, { width, height, rounds, framesPerRound, backend });
  if (values.json) console.log(JSON.stringify({ ...report, rows }, undefined, 2));
  else console.log(text);
  if (values.markdown) {
    const page = join(root, 'docs', 'performance.md');
    await writeFile(page, replaceSection(await readFile(page, 'utf8'), 'overhead', text));
  }
  if (auto.low > BAR) process.exitCode = 1;
});

function newTimes() {
  const lists = () => Object.fromEntries(CASES.map((name) => [name, []]));
  return { wall: lists(), processor: lists() };
}

/** Milliseconds a frame, of the wall's clock and of the browser's processes together. */
async function measure(page, pid, name, frames) {
  const take = (count) => page.evaluate((name, count) => globalThis.live.take(name, count), name, count);
  // Its caches are cold from the case before.
  await take(1);
  const before = await processorTime(pid);
  const wall = await take(frames);
  const after = await processorTime(pid);
  return { wall: wall / frames, processor: after === undefined ? undefined : (after - before) / frames };
}

/** Each case beside `off`: by the processor's time where that is known, which other programs do not add to. */
function summarize({ wall, processor, bookkeeping }) {
  const known = processor.off.length > 0;
  return CASES.map((name) => ({
    name,
    wall: median(wall[name]),
    processor: known ? median(processor[name]) : undefined,
    ...(name === 'off' ? {} : compare((known ? processor : wall)[name], (known ? processor : wall).off)),
    bookkeeping: bookkeeping[name],
  }));
}

function render(rows, { adapter, timestamps, browser }, { width, height, rounds, framesPerRound, backend }) {
  const percent = (share) => `${(share * 100).toFixed(1)} %`;
  const machine = `${cpus()[0].model.trim()}, ${cpus().length} cores, ${browser}, ${adapter || backend}`;
  const how = timestamps ? 'by GPU timestamps' : 'by waiting for one frame a second';
  const load = `${loadavg()[0].toFixed(1)} programs at work at the end`;
  return [
    `${new Date().toISOString().slice(0, 10)}, ${machine}, ${load}. ${width}x${height}, ${rounds} rounds of ${framesPerRound} frames, in turns; \`auto\` ${how}.`,
    table(
      [
        'timing',
        'ms a frame',
        'ms of the processor a frame',
        'more than `off`',
        'with 95 % certainty',
        'bookkeeping alone, µs a frame',
      ],
      rows.map(({ name, wall, processor, share, low, high, bookkeeping }) => [
        name === 'off again' ? '`off`, once more' : `\`${name}\``,
        wall.toFixed(1),
        processor?.toFixed(1),
        share === undefined ? '' : percent(share),
        share === undefined ? '' : `${percent(low)} to ${percent(high)}`,
        bookkeeping?.toFixed(1),
      ]),
    ),
  ].join('\n\n');
}
