/** The models in the formats that the other engines read. convert.py writes them once. */
import { join } from 'node:path';
import { run, SetupError, which } from '../../scripts/setup/command.mjs';
import { step } from '../../scripts/setup/progress.mjs';
import { digest, unlessStamped } from '../../scripts/setup/stamp.mjs';
import { bench, benchCache, converted } from '../paths.mjs';

const environment = join(benchCache, 'python');
const python =
  process.platform === 'win32'
    ? join(environment, 'Scripts', 'python.exe')
    : join(environment, 'bin', 'python');
const requirements = 'bench/convert/requirements.txt';
const script = 'bench/convert/convert.py';
const inputs = [script, 'bench/convert/graph_model.py', requirements];

/** @param {import('../models.mjs').Model[]} models */
export async function prepareConverted(models) {
  await preparePython();
  for (const { name, path, rewrittenPath, taskPath, onnxPath, graphPath } of models) {
    const products = [rewrittenPath, taskPath, onnxPath, graphPath].map((product) =>
      join(benchCache, product),
    );
    await step(`convert: ${name}`, async (report) => {
      const value = await digest([path, ...inputs]);
      let note = 'up to date';
      await unlessStamped(join(converted, `${name}.stamp`), value, products, async () => {
        const output = await run(python, [script, '--into', converted, path], { onLine: report });
        note = output.trim().split('\n').at(-1);
      });
      return note;
    });
  }
}

async function preparePython() {
  const system = which('python3') ?? which('python');
  if (!system) {
    throw new SetupError(
      'Converting models for the other engines needs Python 3.10 or newer. LiteRT.js reads them unconverted: --engine litert.',
    );
  }
  await step('python packages', async (report) => {
    const made = await unlessStamped(
      join(environment, '.stamp'),
      await digest([requirements]),
      [python],
      async () => {
        await run(system, ['-m', 'venv', '--clear', environment]);
        await run(
          python,
          ['-m', 'pip', 'install', '--requirement', join(bench, 'convert', 'requirements.txt')],
          {
            onLine: report,
          },
        );
      },
    );
    return made ? '' : 'up to date';
  });
}
