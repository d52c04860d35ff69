/** `npm run supply-chain`: whether what Cyclorama is built of may be used, and whether known holes are in it. */
import { parseArgs } from 'node:util';
import { ask, CommandError, run, SetupError } from './setup/command.mjs';
import { npm } from './setup/npm.mjs';
import { main, step } from './setup/progress.mjs';
import { prepareCargoTool } from './setup/rust.mjs';
import { checkThirdParty, vendored } from './update/third-party.mjs';

const help = `Usage: npm run supply-chain

Holds what the crates and the npm package are built of against deny.toml, THIRD_PARTY.md and the lists of known holes.
A list that cannot be reached from here is said to be so, and skipped.

  -h, --help   show this text`;

const deny = async (args, options) => run(await prepareCargoTool('cargo-deny', '0.20.2'), args, options);

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
    unavailable: `the registry gives no list of npm's known holes (${report.statusCode ?? report.message})`,
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
    start: async (options) => {
      // It asks about other systems' crates too, which no build has brought here.
      await run('cargo', ['fetch', '--locked'], options);
      return deny(['--offline', 'check', 'licenses', 'bans', 'sources'], options);
    },
  },
  {
    title: 'crates: known holes',
    unavailable: async () => {
      const program = await prepareCargoTool('cargo-deny', '0.20.2');
      const fetched = await ask(program, ['fetch', 'db'], { timeout: 60_000 });
      return fetched === undefined ? 'the RustSec advisory database cannot be reached from here' : undefined;
    },
    start: (options) => deny(['check', 'advisories'], options),
  },
  {
    title: 'npm: known holes',
    unavailable: async () => (await audit()).unavailable,
    start: async () => {
      const { holes, output } = await audit();
      if (holes.length > 0) throw new CommandError('npm audit', `names ${holes.join(', ')}`, output);
      return output;
    },
  },
  {
    title: 'licences of all that ships',
    start: async () => {
      try {
        return await checkThirdParty();
      } catch (error) {
        if (error instanceof SetupError)
          throw new CommandError('npm run third-party -- --check', 'failed', error.message);
        throw error;
      }
    },
  },
];

if (process.argv[1] === import.meta.filename) {
  await main(async () => {
    const { values } = parseArgs({ options: { help: { type: 'boolean', short: 'h' } } });
    if (values.help) return console.log(help);
    for (const { title, start, unavailable } of checks) {
      const reason = await unavailable?.();
      if (reason) console.log(`  – ${title} skipped: ${reason}`);
      else await step(title, async (onLine) => void (await start({ onLine })));
    }
  });
}
