/** Measures calls through a server: how many of the camera's frames arrive, and what they show. */
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { table } from '../../../bench/markdown.mjs';
import { pageWriter } from '../../../bench/sections.mjs';
import { SetupError } from '../../../scripts/setup/command.mjs';
import { prepareJanus } from '../../../scripts/setup/janus.mjs';
import { prepare } from '../../../scripts/setup/prepare.mjs';
import { step } from '../../../scripts/setup/progress.mjs';

const help = `Usage: node tests/browser/sfu/measure.mjs [options]

Sends a person before a marker through a Janus server on this machine, and inspects every frame that arrives.

  --call CALL   backend,quality,WIDTHxHEIGHT,rate: may be given several times (default: a row for each size and rate)
  --seconds N   how long frames are counted for (default: 15)
  --markdown    write the table into docs/internals/calls-through-a-server.md
  --json        print the figures as JSON
  -h, --help    show this text`;

const calls = [
  'cpu,auto,1280x720,30',
  'cpu,high,1280x720,30',
  'cpu,high,1280x720,15',
  'cpu,high,640x360,30',
  'cpu,high,640x360,15',
  'webgl,auto,1280x720,30',
  'webgl,high,1280x720,30',
  'webgl,high,1280x720,15',
  'webgl,high,640x360,15',
  'webgpu,high,1280x720,5',
  'webgpu,high,640x360,10',
];
/** The browsers of the backends, and how the table names their GPU. */
const browsers = {
  cpu: { target: 'chromium-without-gpu', gpu: 'none' },
  webgl: { target: 'chromium-without-gpu', gpu: 'none' },
  webgpu: { target: 'chromium', gpu: 'emulated' },
};
const page = 'docs/internals/calls-through-a-server.md';
const section = 'calls';
/** Seconds that a call runs before frames are counted: the encoder and `quality: 'auto'` settle in that time. */
const WARM_UP = 8;
const color = [0x20, 0x40, 0xc0];

const { values } = parseArgs({
  options: {
    call: { type: 'string', multiple: true, default: calls },
    seconds: { type: 'string', default: '15' },
    markdown: { type: 'boolean' },
    json: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  },
});

if (values.help) {
  console.log(help);
} else {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(`error: ${error.message}`);
    process.exitCode = 1;
  }
}

async function run() {
  const seconds = Number(values.seconds);
  if (!(seconds > 0)) throw new SetupError(`--seconds is ${values.seconds}: it must be a number above 0`);
  const wanted = values.call.map(read);
  const write = values.markdown && (await pageWriter(page, [section]));
  Object.assign(process.env, await prepare({ package: true, browser: true }), {
    JANUS_PATH: await prepareJanus(),
  });
  const { runnerImport } = await import('vite');
  const load = (name) => runnerImport(new URL(name, import.meta.url).pathname);
  const [{ module: harness }, { module: watch }] = [await load('./harness.ts'), await load('./watch.ts')];
  const results = [];
  for (const call of wanted) {
    await step(call.name, async () => {
      results.push(await measure(call, seconds, harness.Harness, watch));
      const { given, seen } = results.at(-1);
      return `${seen} of ${given} frames`;
    });
  }
  const text = render(results, seconds);
  console.log(values.json ? JSON.stringify(results, undefined, 2) : `\n${text}`);
  if (write) await write(section, text);
}

function read(name) {
  const [, backend, quality, width, height, rate] =
    /^(cpu|webgl|webgpu),(auto|high|balanced|low),(\d+)x(\d+),(\d+)$/.exec(name) ?? [];
  if (!backend) throw new SetupError(`--call is ${name}: it must be like ${calls[0]}`);
  return { name, backend, quality, width: Number(width), height: Number(height), rate: Number(rate) };
}

async function measure({ name, ...call }, seconds, Harness, { Watch, isProcessed }) {
  const harness = await Harness.open(browsers[call.backend].target);
  try {
    const person = await harness.openCall({ ...call, color: `rgb(${color.join(' ')})` });
    // WebRTC would otherwise lower the resolution until it knows the connection. Other tests cover that.
    await harness.do('limit', {}, 'maintain-resolution');
    const watch = new Watch(harness);
    const warm = await watch.during(WARM_UP * 1000);
    const [load] = loadavg();
    const { before, after, contents } = await watch.during(seconds * 1000);
    await harness.do('close');
    const all = [...warm.contents, ...contents];
    const elapsed = (after.time - before.time) / 1000;
    const given = after.given - before.given;
    return {
      ...call,
      backend: after.backend,
      sizes: [...new Set(contents.map(({ width, height }) => `${width}x${height}`))],
      given,
      seen: contents.length,
      givenRate: given / elapsed,
      seenRate: contents.length / elapsed,
      looked: all.length,
      marked: all.filter(({ marker }) => marker > 0).length,
      others: all.filter((content) => !isProcessed(content, color, person)).length,
      load,
    };
  } finally {
    await harness.close();
  }
}

function render(results, seconds) {
  const rows = results.map((result) => [
    result.backend,
    browsers[result.backend].gpu,
    `\`${result.quality}\``,
    `${result.width}x${result.height}`,
    result.givenRate.toFixed(1),
    result.sizes.join(', '),
    result.seenRate.toFixed(1),
    `${((100 * result.seen) / result.given).toFixed(0)} %`,
    result.looked,
    result.marked,
    result.others,
    result.load.toFixed(1),
  ]);
  const header = [
    'backend',
    'GPU',
    'quality',
    'camera',
    'camera, frames/s',
    'far side',
    'far side, frames/s',
    'frames that arrived',
    'frames inspected',
    'with the marker',
    'without person or color',
    'load',
  ];
  const machine = `${cpus().length} × ${cpus()[0].model.trim()}, Chromium, ${new Date().toISOString().slice(0, 10)}: ${seconds} s each.`;
  return `${machine}\n\n${table(header, rows)}`;
}
