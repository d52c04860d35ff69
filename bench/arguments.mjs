/** The command line of `npm run bench`. */
import { parseArgs } from 'node:util';
import { SetupError } from '../scripts/setup/command.mjs';
import { shortNames } from './models.mjs';

export const help = `Usage: npm run bench -- --operators [options]

Shows where the time of our network goes on WebGPU: every dispatch of one inference, timed alone.

  --model NAME      ${Object.keys(shortNames).join(', ')}; may be repeated
                    (default landscape and general)
  --rounds NUMBER   how often everything is timed (default 10)
  --json FILE       write all figures to this file as well
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
      operators: { type: 'boolean', default: false },
      model: { type: 'string', multiple: true, default: ['landscape', 'general'] },
      rounds: { type: 'string' },
      json: { type: 'string' },
      shaders: { type: 'string' },
      hardware: { type: 'boolean', default: false },
      'no-build': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const { 'no-build': noBuild, rounds, ...rest } = values;
  return { ...rest, build: !noBuild, rounds: rounds === undefined ? undefined : parseRounds(rounds) };
}

function parseRounds(text) {
  const rounds = Number(text);
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new SetupError(`--rounds takes a whole number from 1 on, not "${text}".`);
  }
  return rounds;
}
