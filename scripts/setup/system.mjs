/** Packages of the operating system, where it is Debian or Ubuntu and we may install. */
import { ask, CommandError, causeOf, run, UnavailableError, which } from './command.mjs';
import { step } from './progress.mjs';

let listsAreFresh = false;
/** The installation under way, or the last one. */
let installing = Promise.resolve();
/** For another process that installs packages. */
const wait = ['-o', 'DPkg::Lock::Timeout=300'];

/**
 * Installs Debian packages as root or through a sudo that asks no password.
 *
 * @param purpose what is missing, as the start of a sentence.
 * @param elsewhere what a user of another system should do instead.
 * @throws {UnavailableError} one line that says what to install, where we cannot.
 */
export async function installPackages(packages, purpose, elsewhere) {
  const install = `apt-get install ${packages.join(' ')}`;
  if (process.platform !== 'linux' || !which('apt-get'))
    throw new UnavailableError(`${purpose} is missing. ${elsewhere}`);
  const prefix = await rootPrefix();
  if (!prefix) {
    throw new UnavailableError(`${purpose} is missing, and installing it needs root. Run: sudo ${install}`);
  }
  const aptGet = (args, report) => {
    const [program, ...rest] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-y', ...args];
    return run(program, rest, { onLine: report });
  };
  const before = installing;
  installing = step(`install ${packages.join(', ')}`, async (report) => {
    // Two at a time would wait for each other's locks, or fail at them.
    await before.catch(() => {});
    try {
      if (!listsAreFresh) await aptGet(['update'], report);
      listsAreFresh = true;
      await aptGet([...wait, 'install', '--no-install-recommends', ...packages], report);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      throw new UnavailableError(`${purpose} is missing, and \`${install}\` failed: ${causeOf(error)}`);
    }
  });
  await installing;
}

/** What to put before a command to run it as root: nothing, sudo, or undefined where neither will do. */
async function rootPrefix() {
  if (process.getuid() === 0) return [];
  const silentSudo = which('sudo') && (await ask('sudo', ['-n', 'true'])) !== undefined;
  return silentSudo ? ['sudo', '-n'] : undefined;
}
