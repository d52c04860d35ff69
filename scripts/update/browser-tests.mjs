/** Runs browser tests whose results a command writes. */
import { join } from 'node:path';
import { run } from '../setup/command.mjs';
import { root } from '../setup/paths.mjs';

/**
 * Runs one file of tests/browser.
 *
 * @param {'sdk' | 'demo'} project
 * @param {string} file a part of the path, for Vitest's filter.
 * @param {{ env: Record<string, string>, onLine: (line: string) => void }} options
 */
export function runBrowserTests(project, file, options) {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const tests = ['run', '--root', join('tests', 'browser'), '--project', project, file];
  return run(process.execPath, [vitest, ...tests], options);
}
