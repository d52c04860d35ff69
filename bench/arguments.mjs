/** The command line of `npm run bench`. */
import { parseArgs } from 'node:util';
import { SetupError } from '../scripts/setup/command.mjs';
import { engineNames } from './engines/registry.mjs';
import { allNames } from './models.mjs';

/** How much is measured in each mode, unless the command line says so; `frames` of the page alone. */
const usual = {
  page: { rounds: 5, frames: 8 },
  runtimes: { rounds: 20 },
  operators: { rounds: 20 },
  effects: { rounds: 20 },
};
const quick = {
  page: { rounds: 2, frames: 3 },
  runtimes: { rounds: 3 },
  operators: { rounds: 3 },
  effects: { rounds: 3 },
};

const others = engineNames.filter((name) => name !== 'cyclorama');
/** The sizes of frames that can be asked for by their height. */
const heights = { '360p': '640x360', '720p': '1280x720', '1080p': '1920x1080' };
const refinements = ['guided', 'bilateral', 'none'];
const backends = ['webgpu-f32', 'webgpu-f16', 'webgl'];

export const help = `Usage: npm run bench -- [options]

Runs the demo's benchmark page in Chromium without a person, and shows its report: whole frames of every network, on every
backend, with and without refinement, at three sizes. Nothing leaves the machine while it measures.

What else can be measured instead:
  --runtimes        the networks alone beside the same networks in other browser runtimes, with what they load and call
                    (also as npm run bench:peers)
  --operators       where the time of an inference of ours goes, dispatch by dispatch
  --effects         whole frames with each effect

Options:
  --peers           other engines on the benchmark page as well; installs them on first use (--runtimes has
                    them without the page)
  --engine NAME     with --peers or --runtimes, one of them: ${others.join(', ')};
                    with --runtimes also cyclorama, and NAME/BACKEND for one of webgpu, webgl or cpu; may be repeated
  --model NAME      ${allNames.join(', ')}, or a full name;
                    may be repeated; the last two on the page alone, none with --effects
                    (default all on the page, else landscape and general)
  --backend NAME    on the page: ${backends.join(', ')} (the network on the processor); may be repeated
  --refine NAME     on the page: ${refinements.join(', ')}; may be repeated (default guided and none)
  --input SIZE      on the page: ${Object.keys(heights).join(', ')} or WIDTHxHEIGHT; may be repeated (default all three)
  --quick           little of everything: 2 or 3 rounds, on the page one network at 720p
  --rounds NUMBER   so many rounds (default 5 on the page, else 20)
  --frames NUMBER   on the page: so many frames in a round (default 8)
  --json FILE       write all figures to this file
  --markdown        write the tables into docs/performance.md, between their marks
  --shaders DIR     with --operators, write the WGSL of every distinct shader into this folder
  --hardware        use the graphics card, not the software adapter
  --no-build        measure what was built before, whether or not it is up to date
  -h, --help        show this text`;

/**
 * @param {string[]} args
 * @throws {SetupError | Error} in words, for what cannot be understood.
 */
export function parseArguments(args) {
  const list = { type: 'string', multiple: true, default: [] };
  const flag = { type: 'boolean', default: false };
  const { values } = parseArgs({
    args,
    options: {
      runtimes: flag,
      operators: flag,
      effects: flag,
      peers: flag,
      engine: list,
      model: list,
      backend: list,
      refine: list,
      input: list,
      quick: flag,
      rounds: { type: 'string' },
      frames: { type: 'string' },
      json: { type: 'string' },
      markdown: flag,
      shaders: { type: 'string' },
      hardware: flag,
      'no-build': flag,
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const { runtimes, operators, effects, 'no-build': noBuild, ...rest } = values;
  const modes = Object.entries({ runtimes, operators, effects }).filter(([, wanted]) => wanted);
  if (modes.length > 1) throw new SetupError('--runtimes, --operators and --effects: take one at a time.');
  const mode = modes.at(0)?.[0] ?? 'page';
  const only = (allowed, option, given) => {
    if (mode !== allowed && given) throw new SetupError(`--${option} is for ${titles[allowed]} alone.`);
  };
  for (const option of ['backend', 'refine', 'input']) only('page', option, values[option].length > 0);
  only('page', 'frames', values.frames !== undefined);
  only('page', 'peers', values.peers);
  only('operators', 'shaders', values.shaders !== undefined);
  if (values.engine.length > 0 && !(mode === 'runtimes' || values.peers)) {
    throw new SetupError('--engine goes with --peers or --runtimes.');
  }
  if (values.peers) for (const name of values.engine) oneOf('engine', others, name);
  for (const name of values.backend) oneOf('backend', backends, name);
  for (const name of values.refine) oneOf('refine', refinements, name);

  const amount = (values.quick ? quick : usual)[mode];
  const number = (option) =>
    values[option] === undefined ? amount[option] : parseNumber(option, values[option]);
  return {
    ...rest,
    mode,
    build: !noBuild,
    rounds: number('rounds'),
    frames: number('frames'),
    model: values.model.length > 0 ? values.model : usualModels(mode, values.quick),
    refine: values.refine.length > 0 ? values.refine : ['guided', 'none'],
    input: (values.input.length > 0 ? values.input : values.quick ? ['720p'] : Object.keys(heights)).map(
      parseSize,
    ),
  };
}

const titles = { page: 'the benchmark page', operators: '--operators' };

function usualModels(mode, isQuick) {
  if (mode === 'page') return isQuick ? ['landscape'] : allNames;
  return ['landscape', 'general'];
}

function oneOf(option, allowed, given) {
  if (!allowed.includes(given))
    throw new SetupError(`--${option} takes one of ${allowed.join(', ')}, not "${given}".`);
}

function parseNumber(option, text) {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) {
    throw new SetupError(`--${option} takes a whole number from 1 on, not "${text}".`);
  }
  return number;
}

function parseSize(text) {
  const size = heights[text] ?? text;
  if (!/^[1-9]\d{1,3}x[1-9]\d{1,3}$/.test(size)) {
    throw new SetupError(
      `--input takes ${Object.keys(heights).join(', ')} or a size such as 1280x720, not "${text}".`,
    );
  }
  return size;
}
