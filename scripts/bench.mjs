/** `npm run bench`: prepares what is missing and measures; see bench/README.md. */
import { help, parseArguments } from '../bench/arguments.mjs';
import { prepareBrowser } from './setup/browser.mjs';
import { prepare } from './setup/prepare.mjs';
import { main } from './setup/progress.mjs';

await main(async () => {
  const options = parseArguments(process.argv.slice(2));
  if (options.help) return console.log(help);
  if (options.build) await prepare({ package: true });
  const browser = await prepareBrowser();
  // playwright-core is one of the packages that have only just been installed.
  const { runBenchmark } = await import('../bench/main.mjs');
  await runBenchmark(options, browser);
});
