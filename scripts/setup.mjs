/** `npm run setup`: prepares what builds and tests need. */
import { parseArgs } from 'node:util';
import { prepare } from './setup/prepare.mjs';
import { main } from './setup/progress.mjs';

const help = `Usage: npm run setup

Prepares what \`npm start\` and \`npm test\` need: npm packages, the segmentation models, the wasm modules and the npm
package, and for the tests the command line, a browser, a Vulkan driver and the fake camera's video. Skips what is up
to date.

Caches are in $CYCLORAMA_CACHE (default: ~/.cache/cyclorama).`;

await main(async () => {
  const { values } = parseArgs({ options: { help: { type: 'boolean', short: 'h' } } });
  if (values.help) return console.log(help);
  await prepare({ host: true, program: true, package: true, browser: true });
});
