/** Sends a track through a call in a real browser and prints the frames at the far side as JSON. */
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { runnerImport } from 'vite';

const help = `Usage: node tests/browser/live/run.mjs [options]

  --target NAME    chromium, chromium-webgl, chromium-cpu, firefox, firefox-webgpu or firefox-cpu (default: firefox)
  --source NAME    numbers, clip or scene (default: numbers)
  --mapping NAME   identity, canvas or background (default: canvas)
  --seconds N      how long frames are counted for (default: 5)
  --hidden         hides the tab after a quarter of that time
  -h, --help       show this text`;

const { values } = parseArgs({
  options: {
    target: { type: 'string', default: 'firefox' },
    source: { type: 'string', default: 'numbers' },
    mapping: { type: 'string', default: 'canvas' },
    seconds: { type: 'string', default: '5' },
    hidden: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  },
});

if (values.help) {
  console.log(help);
} else {
  const { target, source, mapping } = values;
  const seconds = Number(values.seconds);
  const { module } = await runnerImport(new URL('./harness.ts', import.meta.url).pathname);
  const harness = await module.Harness.open(target);
  try {
    const running = harness.run({ source, mapping, seconds });
    if (values.hidden) {
      await pause(seconds * 250);
      await harness.hide();
    }
    console.log(
      JSON.stringify({ target, mapping, ...(await running), complaints: harness.complaints }, null, 2),
    );
  } finally {
    await harness.close();
  }
}
