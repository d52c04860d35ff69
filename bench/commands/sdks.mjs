/** `npm run bench:sdks`: whole frames of Cyclorama and of rival SDKs. */
import { prepareBrowser } from '../../scripts/setup/browser.mjs';
import { prepare } from '../../scripts/setup/prepare.mjs';
import { help, parseArguments } from '../sdks/arguments.mjs';

export const summary = 'whole frames in Chromium, compared with rival SDKs';

export { help };

export async function run(args) {
  const settings = parseArguments(args);
  if (settings.build) await prepare({ package: true });
  const browser = await prepareBrowser();
  // Imported late: playwright-core was installed by `prepare`.
  const { runSdks } = await import('../sdks/main.mjs');
  await runSdks(settings, browser);
}
