/** The command line of `npm run bench:sdks`. */
import { parseArgs } from 'node:util';
import { oneOf, wholeNumber } from '../../scripts/lab/options.mjs';
import { contenderNames, quickNames } from './contenders.mjs';

/** The camera's formats. The first is the default. */
export const formats = {
  '1280x720@30': { width: 1280, height: 720, frameRate: 30 },
  '640x360@15': { width: 640, height: 360, frameRate: 15 },
  '1920x1080@30': { width: 1920, height: 1080, frameRate: 30 },
};
export const [USUAL_SIZE] = Object.keys(formats);

/** Durations in ms: from the first processed frame to the window, of the window, and of reading the marker after it. */
const usual = { rounds: 3, warmUp: 5_000, window: 20_000, latency: 6_000 };
const quick = { rounds: 1, warmUp: 2_000, window: 8_000, latency: 3_000 };

export const help = `Usage: npm run bench -- sdks [options]

Measures whole frames of Cyclorama and of rival SDKs in Chromium without GPU flags, from a fake camera to the consumed
output track. Each contender runs in a fresh browser, and contenders take turns. Installs the SDKs on first use.
\`npm run bench:sdks\` is the same command.

  --quick           1 short round of ${quickNames.join(', ')}
  --only NAMES      contenders, separated by commas; may be repeated (default all):
${lines(contenderNames)}
  --rounds NUMBER   number of rounds (default ${usual.rounds})
  --size SIZE       camera: ${Object.keys(formats).join(', ')};
                    may be repeated (default ${USUAL_SIZE})
  --json FILE       write the figures to this file
  --markdown        write the tables into docs/reports/sdks.md and, for ${USUAL_SIZE}, into
                    docs/performance.md and docs/comparison.md, between their marks
  --no-build        measure the previous build, even if it is out of date
  -h, --help        show this text`;

/** The names in lines of the help. */
function lines(names) {
  const rows = [''];
  for (const name of names) {
    if (rows.at(-1).length + name.length > 80) rows.push('');
    rows.push(`${rows.pop()}${name}, `);
  }
  return rows
    .map((row) => `                    ${row.trim()}`)
    .join('\n')
    .replace(/,$/, '');
}

/**
 * @typedef {object} Settings
 * @property {string[]} only names of contenders.
 * @property {string[]} size names of {@link formats}.
 * @property {number} rounds
 * @property {number} warmUp in ms.
 * @property {number} window in ms.
 * @property {number} latency in ms.
 * @property {boolean} build whether to build the package first.
 * @property {string} [json]
 * @property {boolean} markdown
 */

/**
 * @param {string[]} args
 * @returns {Settings}
 * @throws {import('../../scripts/setup/command.mjs').SetupError | Error} if an option or its value is invalid.
 */
export function parseArguments(args) {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string' },
      size: { type: 'string', multiple: true, default: [USUAL_SIZE] },
      json: { type: 'string' },
      markdown: { type: 'boolean', default: false },
      'no-build': { type: 'boolean', default: false },
    },
  });
  const preset = values.quick ? quick : usual;
  const given = values.only.flatMap((names) => names.split(','));
  for (const name of given) oneOf('--only', name, contenderNames);
  for (const name of values.size) oneOf('--size', name, Object.keys(formats));
  const usualNames = values.quick ? quickNames : contenderNames;
  return {
    ...preset,
    ...(values.rounds !== undefined && { rounds: wholeNumber('--rounds', values.rounds, 1) }),
    only: given.length > 0 ? contenderNames.filter((name) => given.includes(name)) : usualNames,
    size: [...new Set(values.size)],
    build: !values['no-build'],
    json: values.json,
    markdown: values.markdown,
  };
}
