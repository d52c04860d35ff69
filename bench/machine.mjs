/** Describes the machine that the figures are from. */

import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus, release, type } from 'node:os';
import { ask } from '../scripts/setup/command.mjs';

/** @param {import('playwright-core').Browser} browser */
export async function describeMachine(browser) {
  return {
    ...(await describeHost()),
    browser: `Chromium ${browser.version()}`,
    commit: await commit(),
    date: new Date().toISOString().slice(0, 10),
  };
}

/** The machine without a browser. */
export async function describeHost() {
  // A bare file system without /proc hides the name.
  const cpu = cpus()[0]?.model.trim() ?? 'unknown CPU';
  return { cpu, cores: availableParallelism(), os: await operatingSystem() };
}

async function operatingSystem() {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return text.match(/^PRETTY_NAME="(.*)"$/m)?.[1] ?? `${type()} ${release()}`;
}

/** The measured commit, with a plus if the checkout has uncommitted changes. */
export async function commit() {
  const name = await ask('git', ['rev-parse', '--short', 'HEAD']);
  const changed = await ask('git', ['status', '--porcelain', '--', 'rust', 'ts']);
  return name && `${name}${changed ? '+' : ''}`;
}
