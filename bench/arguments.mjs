/** The command line of `npm run bench`. */
import { parseArgs } from 'node:util';
import { SetupError } from '../scripts/setup/command.mjs';
import { engineNames } from './engines/registry.mjs';
import { shortNames } from './models.mjs';

/** How often everything is timed, unless --rounds says so. */
const fullRounds = 20;
const quickRounds = 3;

export const help = `Usage: npm run bench -- [options]

Runs our network and the same network in other browser runtimes in turns, in one Chromium session, and shows where
the time of ours goes. Installs the other runtimes on first use; nothing leaves the machine while it measures.

  --json FILE       write all figures to this file
  --markdown        write the tables into docs/performance.md, between its marks
  --quick           fewer rounds: ${quickRounds} instead of ${fullRounds}
  --rounds NUMBER   so many rounds
  --engine NAME     ${engineNames.join(', ')};
                    NAME/BACKEND with webgpu, webgl or cpu for one of its backends; may be repeated (default all)
  --model NAME      ${Object.keys(shortNames).join(', ')}; may be repeated
                    (default landscape and general)
  --operators       only show where the time of ours goes, dispatch by dispatch
  --frames          only time whole frames, from a camera's picture to the bitmap that is shown
  --shaders DIR     write the WGSL of every distinct shader into this folder
  --hardware        use the graphics card, not the software adapter
  --no-build        measure what was built before, whether or not it is up to date
  -h, --help        show this text`;

/**
 * @param {string[]} args
 * @throws {SetupError | Error} in words, for what cannot be understood.
 */
export function parseArguments(args) {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: 'string' },
      markdown: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      engine: { type: 'string', multiple: true, default: [] },
      model: { type: 'string', multiple: true, default: ['landscape', 'general'] },
      operators: { type: 'boolean', default: false },
      frames: { type: 'boolean', default: false },
      shaders: { type: 'string' },
      hardware: { type: 'boolean', default: false },
      'no-build': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const { 'no-build': noBuild, quick, rounds, ...rest } = values;
  const usual = quick ? quickRounds : fullRounds;
  return { ...rest, build: !noBuild, rounds: rounds === undefined ? usual : parseRounds(rounds) };
}

function parseRounds(text) {
  const rounds = Number(text);
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new SetupError(`--rounds takes a whole number from 1 on, not "${text}".`);
  }
  return rounds;
}
