/** Checks licenses, sources and known vulnerabilities of all dependencies. A suite of `npm test`. */
import { ask, CommandError, run, SetupError, UnavailableError } from './setup/command.mjs';
import { npm } from './setup/npm.mjs';
import { prepareCargoDeny } from './setup/rust.mjs';
import { checkThirdParty, vendored } from './update/third-party.mjs';

const deny = async (args, options) => run(await prepareCargoDeny(), args, options);

/**
 * Parses the output of `npm audit --json`. Its exit status does not distinguish findings from an unavailable list.
 *
 * @returns {{ vulnerable: string[] } | { unavailable: string }} the shipped packages with known vulnerabilities, or
 *   the reason why the list is unavailable
 */
export function readAudit(output) {
  const report = JSON.parse(output.slice(output.indexOf('{'), output.lastIndexOf('}') + 1));
  if (report.vulnerabilities) {
    return { vulnerable: Object.keys(report.vulnerabilities).filter((name) => vendored.includes(name)) };
  }
  return {
    unavailable: `the registry gives no list of npm's advisories (${report.statusCode ?? report.message})`,
  };
}

/** Audits all installed packages. To npm, even the packages that Cyclorama bundles are development dependencies. */
async function audit() {
  const output = await npm(['audit', '--json'], {}).catch((error) => {
    if (error instanceof CommandError) return error.output;
    throw error;
  });
  return { output, ...readAudit(output) };
}

/** The parts of the suite, see `scripts/test/suites.mjs`. */
export const checks = [
  {
    title: 'crates: licenses and sources',
    needs: ['cargoDeny'],
    start: async (options) => {
      // cargo-deny also reads the crates of other systems, which builds do not download.
      await run('cargo', ['fetch', '--locked'], options);
      return deny(['--offline', 'check', 'licenses', 'bans', 'sources'], options);
    },
  },
  {
    title: 'crates: advisories',
    needs: ['cargoDeny'],
    start: async (options) => {
      const fetched = await ask(await prepareCargoDeny(), ['fetch', 'db'], { timeout: 60_000 });
      if (fetched === undefined) {
        throw new UnavailableError('the RustSec advisory database cannot be reached');
      }
      return deny(['check', 'advisories'], options);
    },
  },
  {
    title: 'npm: advisories',
    needs: ['packages'],
    start: async () => {
      const { vulnerable, output, unavailable } = await audit();
      if (unavailable) throw new UnavailableError(unavailable);
      if (vulnerable.length > 0)
        throw new CommandError('npm audit', `names ${vulnerable.join(', ')}`, output);
      return output;
    },
  },
  {
    title: 'licenses of all that ships',
    needs: ['cargo', 'packages'],
    start: async () => {
      try {
        return await checkThirdParty();
      } catch (error) {
        if (!(error instanceof SetupError)) throw error;
        throw new CommandError('npm run update -- third-party --check', 'failed', error.message);
      }
    },
  },
];
