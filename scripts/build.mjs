/** `npm run build`: builds the npm package in `ts/` with its wasm modules and models. */
import { parseArgs } from 'node:util';
import { writeDigests } from '../ts/scripts/digests.mjs';
import { SetupError } from './setup/command.mjs';
import { checkNode, preparePackages } from './setup/npm.mjs';
import { prepare } from './setup/prepare.mjs';
import { main } from './setup/progress.mjs';
import { prepareWasm } from './setup/wasm.mjs';

const help = `Usage: npm run build -- [options]

Builds the npm package in ts/ with its wasm modules and models. Skips what is up to date.

  --only wasm   build only the wasm modules in ts/wasm whose Rust sources have changed
  -h, --help    show this text`;

await main(async () => {
  const { values } = parseArgs({
    options: { only: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) return console.log(help);
  if (values.only === undefined) return prepare({ package: true });
  if (values.only !== 'wasm') throw new SetupError(`--only takes wasm, not "${values.only}".`);
  checkNode();
  await preparePackages();
  await prepareWasm();
  await writeDigests();
});
