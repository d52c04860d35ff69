/** Janus, the media server (SFU) of the call tests. */
import { existsSync } from 'node:fs';
import { ask, isExecutable, SetupError, UnavailableError, which } from './command.mjs';
import { step } from './progress.mjs';
import { installPackages } from './system.mjs';

const title = 'Janus';
const instead = 'Install Janus 1.x, or set JANUS_PATH to its executable.';

/**
 * Finds Janus, or else installs Debian's.
 *
 * @returns {Promise<string>} the path of the server's executable; `JANUS_PATH` overrides the search.
 * @throws {UnavailableError} on systems other than Linux, and if Janus cannot be installed.
 * @throws {SetupError} if `JANUS_PATH` names no executable file.
 */
export async function prepareJanus() {
  if (process.platform !== 'linux') {
    throw new UnavailableError(
      'calls through a server run only on Linux, with the server that Debian packages',
    );
  }
  const chosen = process.env.JANUS_PATH;
  if (chosen && !isExecutable(chosen)) throw new SetupError(`JANUS_PATH names no executable file: ${chosen}`);
  const found = chosen ?? which('janus');
  if (!found) await install();
  const path = found ?? which('janus');
  if (!path) throw new UnavailableError(`${title} was installed but is not on PATH. ${instead}`);
  const version = /\((\d+)\.[\d.]+\)/.exec((await ask(path, ['--help'])) ?? '');
  // The video room API of older servers has no streams.
  if (Number(version?.[1]) < 1) throw new UnavailableError(`${title} is older than 1.0. ${instead}`);
  await step(title, async () => path);
  return path;
}

async function install() {
  // Debian's package starts a server that other machines can reach. Tests must not do that on a user's machine.
  if (existsSync('/run/systemd/system')) {
    const commands = 'sudo apt-get install janus && sudo systemctl disable --now janus';
    throw new UnavailableError(`${title} is missing, and its package starts a server. Run: ${commands}`);
  }
  await installPackages(['janus'], title, instead);
}
