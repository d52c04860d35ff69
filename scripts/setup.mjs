/** `npm run setup`: all that building and testing need, and nothing else. */
import { parseArgs } from 'node:util';
import { prepare } from './setup/prepare.mjs';
import { main } from './setup/progress.mjs';

const help = `Usage: npm run setup

Prepares what \`npm start\` and \`npm test\` need: npm packages, the segmentation models, the wasm build, the
package's build, and for the tests the command line, a browser, a Vulkan driver and the fake camera's film. Skips
what is there.

Caches are kept in $CYCLORAMA_CACHE, by default ~/.cache/cyclorama.`;

await main(async () => {
  const { values } = parseArgs({ options: { help: { type: 'boolean', short: 'h' } } });
  if (values.help) return console.log(help);
  await prepare({ host: true, program: true, package: true, browser: true });
});
