/** `npm run soak`: sends thousands of frames through the SDK and looks at what it holds meanwhile. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runnerImport } from 'vite';
import { replaceSection, table } from '../bench/markdown.mjs';
import { SetupError } from './setup/command.mjs';
import { root } from './setup/paths.mjs';
import { prepare } from './setup/prepare.mjs';
import { main, step } from './setup/progress.mjs';

const help = `Usage: npm run soak [-- options]

Sends frames through a background in Chromium as fast as it takes them, and compares what page and worker hold after the
first tenth and at the end: wasm memory, JavaScript's heap, GPU buffers and textures, open frames, workers.

  --frames N      how many frames (default: 10000)
  --size WxH      their size in pixels (default: 320x180)
  --backend NAME  webgpu or webgl (default: webgpu)
  --markdown      write the figures into docs/robustness.md
  --json          print the report as JSON
  -h, --help      show this text`;

await main(async () => {
  const { values } = parseArgs({
    options: {
      frames: { type: 'string', default: '10000' },
      size: { type: 'string', default: '320x180' },
      backend: { type: 'string', default: 'webgpu' },
      markdown: { type: 'boolean' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return console.log(help);
  const frames = Number(values.frames);
  const [width, height] = values.size.split('x').map(Number);
  if (!(Number.isInteger(frames) && frames >= 20))
    throw new SetupError('--frames must be a whole number of 20 or more');
  if (!(width > 0 && height > 0)) throw new SetupError('--size must be such as 320x180');
  const { backend } = values;
  Object.assign(process.env, await prepare({ package: true, browser: true }));
  const { module } = await runnerImport(join(root, 'tests', 'browser', 'live', 'harness.ts'));
  const harness = await module.Harness.open(backend === 'webgl' ? 'chromium-webgl' : 'chromium', 'soak.html');
  let report;
  try {
    await step('soak', async (tell) => {
      const timer = setInterval(async () => {
        const done = await harness.page.evaluate(() => globalThis.live.soaked()).catch(() => undefined);
        if (done !== undefined) tell(`${done} of ${frames} frames`);
      }, 2_000);
      try {
        report = await harness.page.evaluate((options) => globalThis.live.soak(options), {
          frames,
          width,
          height,
          backend,
        });
      } finally {
        clearInterval(timer);
      }
      return `${report.pace.toFixed(1)} ms a frame`;
    });
  } finally {
    await harness.close();
  }
  const { written, read, dropped, start, end, open, workers } = report;
  if (values.json) console.log(JSON.stringify(report, undefined, 2));
  const lost = written - read - dropped;
  const held = table(
    ['held', 'after the first tenth', 'at the end'],
    Object.entries({
      heap: 'JavaScript, bytes',
      wasm: 'wasm, bytes',
      gpu: 'GPU, bytes',
      frames: 'open frames',
    }).map(([name, title]) => [title, String(start[name]), String(end[name])]),
  );
  const growth = end.heap - start.heap + (end.wasm - start.wasm);
  const closing = `frames ${written}, lost ${lost}, heap growth ${growth} bytes, gpu growth ${end.gpu - start.gpu} bytes, open frames ${open}`;
  console.log(held);
  console.log(`workers: ${workers[0]} while frames flowed, ${workers[1]} afterwards; dropped: ${dropped}`);
  if (values.markdown) {
    const page = join(root, 'docs', 'robustness.md');
    const text = `${held}\n\n${width}x${height} on \`${backend}\`, ${report.pace.toFixed(1)} ms a frame, ${dropped} dropped, ${workers[0]} worker, ${workers[1]} after \`destroy\`: ${closing}.`;
    await writeFile(page, replaceSection(await readFile(page, 'utf8'), 'soak', text));
  }
  if (lost !== 0 || open !== 0 || workers[1] !== 0) process.exitCode = 1;
  console.log(closing);
});
