/** Installs XNNPACK (Google's `ai-edge-litert` for Python) in the cache, for `cargo bench` to hold our times against. */
import { join } from 'node:path';
import { run, SetupError, which } from './setup/command.mjs';
import { cache } from './setup/paths.mjs';
import { step } from './setup/progress.mjs';

const folder = join(cache, 'xnnpack');
const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');

await step('xnnpack', async (report) => {
  const system = which('python3') ?? which('python');
  if (!system) throw new SetupError('Python 3 is needed: https://www.python.org/downloads/');
  await run(system, ['-m', 'venv', folder], { onLine: report });
  await run(python, ['-m', 'pip', 'install', 'ai-edge-litert==2.3.0', 'numpy'], { onLine: report });
});
