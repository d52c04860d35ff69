/** Commands with subcommands, such as `npm run lab -- soak`. */
import { SetupError } from './setup/command.mjs';

/**
 * The exports of a subcommand's module. It imports npm packages only inside `run`, because they may not be installed yet.
 *
 * @typedef {object} Subcommand
 * @property {string} summary one line for the list of subcommands.
 * @property {string} help the text for `--help`.
 * @property {(args: string[]) => Promise<void>} run takes the arguments after the subcommand's name.
 */

/**
 * @typedef {object} Command
 * @property {string} name the npm script.
 * @property {string} about the purpose of the command, the first paragraph of its help.
 * @property {Record<string, () => Promise<Subcommand>>} subcommands loads a subcommand, by name.
 * @property {string} [usual] the default subcommand.
 */

const HELP = '-h, --help';

/**
 * Runs the subcommand that the first argument names, or answers `--help`.
 *
 * @param {Command} command
 * @param {string[]} args
 * @throws {SetupError} with the list of subcommands, if the name is unknown or missing.
 */
export async function dispatch(command, args) {
  const { name, subcommands, usual } = command;
  if (asksForHelp(args.slice(0, 1))) return console.log(await list(command));
  const isNamed = args.length > 0 && !args[0].startsWith('-');
  const chosen = isNamed ? args[0] : usual;
  if (!Object.hasOwn(subcommands, chosen)) {
    const problem = chosen === undefined ? 'needs a subcommand' : `has no subcommand "${chosen}"`;
    throw new SetupError(`\`npm run ${name}\` ${problem}.\n\n${await list(command)}`);
  }
  const { help, run } = await subcommands[chosen]();
  const rest = isNamed ? args.slice(1) : args;
  if (asksForHelp(rest)) console.log(help);
  else await run(rest);
}

/** Arguments after `--` belong to another program. */
function asksForHelp(args) {
  const own = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
  return own.includes('--help') || own.includes('-h');
}

async function list({ name, about, subcommands, usual }) {
  const names = Object.keys(subcommands);
  const width = Math.max(...[...names, HELP].map(({ length }) => length));
  const lines = await Promise.all(
    names.map(async (each) => {
      const { summary } = await subcommands[each]();
      return `  ${each.padEnd(width)}  ${summary}${each === usual ? ' (default)' : ''}`;
    }),
  );
  const subcommand = usual === undefined ? 'SUBCOMMAND' : '[SUBCOMMAND]';
  return `Usage: npm run ${name} -- ${subcommand} [options]

${about}

${lines.join('\n')}

  ${HELP.padEnd(width)}  show this text; after a subcommand, its options`;
}
