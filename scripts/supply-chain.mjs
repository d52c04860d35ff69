/** Whether what Cyclorama is built of may be used, and whether vulnerabilities are known in it: a suite of `npm test`. */
import { ask, CommandError, run, SetupError, UnavailableError } from './setup/command.mjs';
import { npm } from './setup/npm.mjs';
import { prepareCargoDeny } from './setup/rust.mjs';
import { checkThirdParty, vendored } from './update/third-party.mjs';

const deny = async (args, options) => run(await prepareCargoDeny(), args, options);

/**
 * Reads what `npm audit --json` wrote. Its exit status for "the list could not be had" is that of a finding: only the text tells
 * them apart.
 *
 * @returns {{ holes: string[] } | { unavailable: string }} the packages that ship and have known holes, or why nothing is known
 */
export function readAudit(output) {
  const report = JSON.parse(output.slice(output.indexOf('{'), output.lastIndexOf('}') + 1));
  if (report.vulnerabilities) {
    return { holes: Object.keys(report.vulnerabilities).filter((name) => vendored.includes(name)) };
  }
  return {
    unavailable: `the registry gives no list of npm's advisories (${report.statusCode ?? report.message})`,
  };
}

/** Asks for all that is installed here: what the package carries of others is, to npm, for development alone. */
async function audit() {
  const output = await npm(['audit', '--json'], {}).catch((error) => {
    if (error instanceof CommandError) return error.output;
    throw error;
  });
  return { output, ...readAudit(output) };
}

/** As the parts of a suite: see `scripts/test/suites.mjs`. */
export const checks = [
  {
    title: 'crates: licences and sources',
    needs: ['cargoDeny'],
    start: async (options) => {
      // It asks about other systems' crates too, which no build has brought here.
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
        throw new UnavailableError('the RustSec advisory database cannot be reached from here');
      }
      return deny(['check', 'advisories'], options);
    },
  },
  {
    title: 'npm: advisories',
    needs: ['packages'],
    start: async () => {
      const { holes, output, unavailable } = await audit();
      if (unavailable) throw new UnavailableError(unavailable);
      if (holes.length > 0) throw new CommandError('npm audit', `names ${holes.join(', ')}`, output);
      return output;
    },
  },
  {
    title: 'licences of all that ships',
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
