/** `npm run lab -- overhead`: measures the cost of metrics, with each `timing` in turns. */
import { cpus, loadavg } from 'node:os';
import { table } from '../../bench/markdown.mjs';
import { median } from '../../bench/statistics.mjs';
import { step } from '../setup/progress.mjs';
import { cpuTime } from './cpu-time.mjs';
import { runExperiment } from './experiment.mjs';
import { backendOption, chromiumOf, pixels, wholeNumber } from './options.mjs';
import { compare } from './paired.mjs';

export const summary = 'measures the cost of metrics, with each `timing` in turns';

export const help = `Usage: npm run lab -- overhead [options]

Processes frames in Chromium with timing off, auto, every and completed, in short turns, and compares each with off, round
by round. Compares CPU times of the whole browser on Linux, and wall-clock times elsewhere. A second background with
timing off shows the smallest detectable difference. Exits with status 1 if auto costs more than 2 % of a frame, with
95 % confidence.

  --rounds N      number of rounds (default: 100)
  --frames N      consecutive frames of each case in a round (default: 4)
  --size WxH      frame size in pixels (default: 640x360)
  --backend NAME  webgpu, or without GPU flags webgl or cpu (default: webgpu)
  --markdown      write the table into docs/reports/overhead.md
  --json          print the report as JSON
  -h, --help      show this text`;

/** The maximum cost of metrics, as a fraction of a frame. */
const LIMIT = 0.02;

/** The cases of the page. The second `off` is identical to the first. */
const CASES = ['off', 'off again', 'auto', 'every', 'completed'];

export const run = (args) =>
  runExperiment(
    {
      options: {
        rounds: { type: 'string', default: '100' },
        frames: { type: 'string', default: '4' },
        size: { type: 'string', default: '640x360' },
        backend: backendOption,
      },
      read: ({ rounds, frames, size, backend }) => ({
        // The sign test needs six pairs.
        rounds: wholeNumber('--rounds', rounds, 6),
        framesPerRound: wholeNumber('--frames', frames, 1),
        ...pixels('--size', size),
        backend,
        target: chromiumOf(backend),
      }),
      page: 'docs/reports/overhead.md',
      section: 'overhead',
      conduct,
    },
    args,
  );

async function conduct(settings, visit) {
  const report = await visit(settings.target, 'overhead.html', ({ page }) => takeTurns(page, settings));
  const rows = summarize(report);
  const auto = rows.find(({ name }) => name === 'auto');
  return {
    report: { ...report, rows },
    text: render(rows, report, settings),
    failed: auto.low > LIMIT,
  };
}

async function takeTurns(page, { width, height, rounds, framesPerRound, backend }) {
  const browser = page.browser();
  let report;
  await step('overhead', async (say) => {
    const info = await page.evaluate((options) => globalThis.live.openCases(options), {
      width,
      height,
      backend,
    });
    report = { ...info, browser: await browser.version(), ...newTimes() };
    for (let round = 0; round < rounds; round += 1) {
      say(`${round} of ${rounds} rounds`);
      // The order rotates, so that each case has each position equally often.
      for (const place of CASES.keys()) {
        const name = CASES[(place + round) % CASES.length];
        const { wall, cpu } = await measure(page, browser.process().pid, name, framesPerRound);
        report.wall[name].push(wall);
        if (cpu !== undefined) report.cpu[name].push(cpu);
      }
    }
    return `${median(report.wall.off).toFixed(1)} ms a frame`;
  });
  return report;
}

function newTimes() {
  const lists = () => Object.fromEntries(CASES.map((name) => [name, []]));
  return { wall: lists(), cpu: lists() };
}

/** Milliseconds per frame: wall clock, and CPU time of all browser processes. */
async function measure(page, pid, name, frames) {
  const take = (count) => page.evaluate((name, count) => globalThis.live.take(name, count), name, count);
  // A first untimed frame warms the caches.
  await take(1);
  const before = await cpuTime(pid);
  const wall = await take(frames);
  const after = await cpuTime(pid);
  return { wall: wall / frames, cpu: after === undefined ? undefined : (after - before) / frames };
}

/** Compares each case with `off`: by CPU time if it is known, because other programs do not affect it. */
function summarize({ wall, cpu, bookkeeping }) {
  const known = cpu.off.length > 0;
  return CASES.map((name) => ({
    name,
    wall: median(wall[name]),
    cpu: known ? median(cpu[name]) : undefined,
    ...(name === 'off' ? {} : compare((known ? cpu : wall)[name], (known ? cpu : wall).off)),
    bookkeeping: bookkeeping[name],
  }));
}

function render(rows, { adapter, timestamps, browser }, { width, height, rounds, framesPerRound, backend }) {
  const percent = (value) => `${(value * 100).toFixed(1)} %`;
  const machine = `${cpus()[0].model.trim()}, ${cpus().length} cores, ${browser}, ${adapter || backend}`;
  const how = timestamps ? 'by GPU timestamps' : 'by waiting for one frame a second';
  const load = `load average ${loadavg()[0].toFixed(1)} at the end`;
  return [
    `${new Date().toISOString().slice(0, 10)}, ${machine}, ${load}. ${width}x${height}, ${rounds} rounds of ${framesPerRound} frames, in turns; \`auto\` ${how}.`,
    table(
      [
        'timing',
        'ms a frame',
        'CPU ms a frame',
        'more than `off`',
        '95 % confidence',
        'bookkeeping alone, µs a frame',
      ],
      rows.map(({ name, wall, cpu, fraction, low, high, bookkeeping }) => [
        name === 'off again' ? '`off`, repeated' : `\`${name}\``,
        wall.toFixed(1),
        cpu?.toFixed(1),
        fraction === undefined ? '' : percent(fraction),
        fraction === undefined ? '' : `${percent(low)} to ${percent(high)}`,
        bookkeeping?.toFixed(1),
      ]),
    ),
  ].join('\n\n');
}
