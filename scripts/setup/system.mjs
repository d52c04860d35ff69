/** Installs packages of Debian and Ubuntu, if the user may. */
import { ask, CommandError, causeOf, run, UnavailableError, which } from './command.mjs';
import { step } from './progress.mjs';

let listsAreFresh = false;
/** The current or last installation. */
let installing = Promise.resolve();
/** Waits for another process that installs packages. */
const wait = ['-o', 'DPkg::Lock::Timeout=300'];

/**
 * Installs Debian packages as root, or with sudo if it asks no password.
 *
 * @param purpose the missing tool, as the start of a sentence.
 * @param elsewhere the instruction for users of other systems.
 * @throws {UnavailableError} if that is impossible. The message says what to install.
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
    // One at a time, because apt-get locks its database.
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

/** The prefix of a command to run it as root: empty, sudo, or undefined if neither works. */
async function rootPrefix() {
  if (process.getuid() === 0) return [];
  const silentSudo = which('sudo') && (await ask('sudo', ['-n', 'true'])) !== undefined;
  return silentSudo ? ['sudo', '-n'] : undefined;
}
