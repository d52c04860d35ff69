/** `npm run lab -- soak`: processes thousands of frames, and compares memory and open objects. */
import { table } from '../../bench/markdown.mjs';
import { step } from '../setup/progress.mjs';
import { runExperiment } from './experiment.mjs';
import { backendOption, chromiumOf, pixels, sectionOf, wholeNumber } from './options.mjs';

export const summary = 'processes 10,000 frames, and compares memory and open objects early and at the end';

export const help = `Usage: npm run lab -- soak [options]

Processes frames in Chromium as fast as possible: of a canvas and of a camera in turn. Compares wasm memory, the
JavaScript heap, GPU buffers and textures, open frames and workers of page and worker after the first tenth and at the
end. Exits with status 1 if a frame is lost, or if a frame or worker is left over.

  --frames N      number of frames (default: 10000)
  --size WxH      frame size in pixels (default: 320x180)
  --backend NAME  webgpu, or without GPU flags webgl or cpu (default: webgpu)
  --markdown      write the figures into docs/reports/soak.md
  --json          print the report as JSON
  -h, --help      show this text`;

/** Titles of the report's memory figures. */
const HELD = {
  heap: 'JavaScript, bytes',
  wasm: 'wasm, bytes',
  gpu: 'GPU, bytes',
  frames: 'open frames',
};

export const run = (args) =>
  runExperiment(
    {
      options: {
        frames: { type: 'string', default: '10000' },
        size: { type: 'string', default: '320x180' },
        backend: backendOption,
      },
      read: ({ frames, size, backend }) => ({
        frames: wholeNumber('--frames', frames, 20),
        ...pixels('--size', size),
        backend,
        target: chromiumOf(backend),
      }),
      page: 'docs/reports/soak.md',
      section: ({ backend }) => sectionOf('soak', backend),
      conduct,
    },
    args,
  );

async function conduct({ target, ...settings }, visit) {
  const report = await visit(target, 'soak.html', ({ page }) => soak(page, settings));
  const { written, read, dropped, start, end, open, workers, pace } = report;
  const { width, height, backend } = settings;
  const lost = written - read - dropped;
  const held = table(
    ['held', 'after the first tenth', 'at the end'],
    Object.entries(HELD).map(([name, title]) => [title, String(start[name]), String(end[name])]),
  );
  const growth = end.heap - start.heap + (end.wasm - start.wasm);
  const closing = `frames ${written}, lost ${lost}, heap growth ${growth} bytes, gpu growth ${end.gpu - start.gpu} bytes, open frames ${open}`;
  return {
    report,
    text: `${held}\n\n${width}x${height} on \`${backend}\`, ${pace.toFixed(1)} ms a frame, ${dropped} dropped, ${workers[0]} worker, ${workers[1]} after \`destroy\`: ${closing}.`,
    closing: [closing],
    failed: lost !== 0 || open !== 0 || workers[1] !== 0,
  };
}

async function soak(page, settings) {
  let report;
  await step('soak', async (say) => {
    const timer = setInterval(async () => {
      const done = await page.evaluate(() => globalThis.live.soaked()).catch(() => undefined);
      if (done !== undefined) say(`${done} of ${settings.frames} frames`);
    }, 2_000);
    try {
      report = await page.evaluate((options) => globalThis.live.soak(options), settings);
    } finally {
      clearInterval(timer);
    }
    return `${report.pace.toFixed(1)} ms a frame`;
  });
  return report;
}
