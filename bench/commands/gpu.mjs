/** `npm run bench:gpu`: the WebGPU module on a graphics card without a browser. */
import { prepare } from '../../scripts/setup/prepare.mjs';
import { help, parseArguments } from '../gpu/arguments.mjs';
import { preparePacking } from '../gpu/pack.mjs';
import { openOutput } from '../report/output.mjs';

export const summary =
  'the WebGPU module in Node.js over Dawn, for a machine with a graphics card and no browser';

export { help };

export async function run(args) {
  const settings = parseArguments(args);
  const output = await openOutput('gpu', settings);
  if (!settings.local) await preparePacking(settings.pack);
  const native = settings.native && !settings.local;
  if (settings.build) await prepare({ package: true, host: native, optimizedProgram: native });
  // Imported late: playwright-core was installed by `prepare`.
  const { runGpu } = await import('../gpu/main.mjs');
  await runGpu(settings, output);
}
