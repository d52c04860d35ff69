/** Packages of the operating system, where it is Debian or Ubuntu and we may install. */
import { ask, run, SetupError, which } from './command.mjs';
import { step } from './progress.mjs';

let listsAreFresh = false;

/**
 * Installs Debian packages as root or through a sudo that asks no password.
 *
 * @param purpose what is missing, as the start of a sentence.
 * @param elsewhere what a user of another system should do instead.
 * @throws {SetupError} one line that says what to install, where we cannot.
 */
export async function installPackages(packages, purpose, elsewhere) {
  const install = `apt-get install ${packages.join(' ')}`;
  if (process.platform !== 'linux' || !which('apt-get'))
    throw new SetupError(`${purpose} is missing. ${elsewhere}`);
  const prefix = await rootPrefix();
  if (!prefix) {
    throw new SetupError(`${purpose} is missing, and installing it needs root. Run: sudo ${install}`);
  }
  const aptGet = (args, report) => {
    const [program, ...rest] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-y', ...args];
    return run(program, rest, { onLine: report });
  };
  await step(`install ${packages.join(', ')}`, async (report) => {
    if (!listsAreFresh) await aptGet(['update'], report);
    listsAreFresh = true;
    await aptGet(
      ['-o', 'DPkg::Lock::Timeout=300', 'install', '--no-install-recommends', ...packages],
      report,
    );
  });
}

/** What to put before a command to run it as root: nothing, sudo, or undefined where neither will do. */
async function rootPrefix() {
  if (process.getuid() === 0) return [];
  const silentSudo = which('sudo') && (await ask('sudo', ['-n', 'true'])) !== undefined;
  return silentSudo ? ['sudo', '-n'] : undefined;
}
