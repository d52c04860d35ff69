/** `npm run lab -- instructions`: counts the instructions of each stage on the CPU with Valgrind's callgrind. */
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { commit } from '../../bench/machine.mjs';
import { table } from '../../bench/markdown.mjs';
import { pageWriter } from '../../bench/sections.mjs';
import { run as execute, SetupError, which } from '../setup/command.mjs';
import { program } from '../setup/paths.mjs';
import { prepare } from '../setup/prepare.mjs';
import { step } from '../setup/progress.mjs';
import { oneOf, pixels, wholeNumber } from './options.mjs';

export const summary = 'counts the instructions of each stage on the CPU, with Valgrind';

export const help = `Usage: npm run lab -- instructions [options]

Processes frames with \`cyclorama bench --backend cpu\` under Valgrind's callgrind, and counts the instructions of each
stage. Unlike times, the counts do not depend on the load of the machine. Needs \`valgrind\` on PATH.

  --size WxH      frame size in pixels (default: 1280x720)
  --format NAME   i420 or rgba; may be repeated (default both)
  --refine NAME   guided, bilateral or none (default: guided)
  --frames N      counted frames (default: 4)
  --markdown      write the table into docs/reports/instructions.md
  --json          print the counts as JSON
  -h, --help      show this text`;

/** The function that runs each stage, as callgrind names it. The compiler inlines none of them. */
const STAGES = {
  import: /bench::on_cpu::OnCpu::import$/,
  preprocess: /\bPreprocess::resize$/,
  inference: /\bSegmenter::probability_now$/,
  refine: /\bMatting::next$/,
  composite: /\bCompositor::composite$/,
  output: /bench::on_cpu::OnCpu::export$/,
};

const MODEL = 'selfie_segmentation_landscape';

export async function run(args) {
  const { values } = parseArgs({
    args,
    options: {
      size: { type: 'string', default: '1280x720' },
      format: { type: 'string', multiple: true, default: ['i420', 'rgba'] },
      refine: { type: 'string', default: 'guided' },
      frames: { type: 'string', default: '4' },
      markdown: { type: 'boolean' },
      json: { type: 'boolean' },
    },
  });
  const { width, height } = pixels('--size', values.size);
  for (const format of values.format) oneOf('--format', format, ['i420', 'rgba']);
  oneOf('--refine', values.refine, ['guided', 'bilateral', 'none']);
  const frames = wholeNumber('--frames', values.frames, 1);
  const valgrind = which('valgrind');
  if (!valgrind) throw new SetupError('valgrind is not installed: on Debian, `apt install valgrind`.');
  const write = values.markdown && (await pageWriter('docs/reports/instructions.md', ['instructions']));
  await prepare({ program: true, models: true });

  const folder = await mkdtemp(join(tmpdir(), 'cyclorama-instructions-'));
  const counts = {};
  try {
    for (const format of values.format) {
      await step(`callgrind, ${format}`, async (report) => {
        const count = (rounds) => {
          const bench = [
            'bench',
            '--backend',
            'cpu',
            '--model',
            MODEL,
            '--input',
            values.size,
            '--format',
            format,
          ];
          const protocol = [
            '--refine',
            values.refine,
            '--rounds',
            '1',
            '--warm-up',
            '0',
            '--frames',
            String(rounds),
          ];
          return callgrind(valgrind, [...bench, ...protocol], join(folder, `${format}-${rounds}`), report);
        };
        // Each turn takes `--frames` twice: frame by frame, and without a pause. The difference of two runs leaves out what only the
        // first frame of a size does.
        const [one, more] = [await count(1), await count(1 + frames)];
        counts[format] = Object.fromEntries(
          Object.keys(STAGES).map((stage) => [stage, (more[stage] - one[stage]) / (2 * frames)]),
        );
        return `${(total(counts[format]) / 1e6).toFixed(1)} million instructions a frame`;
      });
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  const text = render(counts, width * height, { ...values, name: await commit() });
  console.log(values.json ? JSON.stringify(counts, undefined, 2) : `\n${text}`);
  if (write) await write('instructions', text);
}

/** The instructions of each stage over a whole run of the program. */
async function callgrind(valgrind, args, file, onLine) {
  await execute(valgrind, ['--tool=callgrind', `--callgrind-out-file=${file}`, program, ...args], { onLine });
  const annotated = await execute('callgrind_annotate', [
    '--inclusive=yes',
    '--threshold=100',
    '--tree=none',
    file,
  ]);
  return readCounts(annotated);
}

/**
 * Reads the instructions of each stage from the output of `callgrind_annotate`, whose lines look like
 * `1,234,567 (12.3%)  file.rs:crate::module::function [/path/of/program]`.
 *
 * @param {string} annotated
 * @returns {Record<keyof typeof STAGES, number>}
 */
export function readCounts(annotated) {
  const functions = [...annotated.matchAll(/^\s*([\d,]+) \(.*?\)\s+\S+?:(\S.*?)(?:'\d+)?(?: \[.*\])?$/gm)];
  return Object.fromEntries(
    Object.entries(STAGES).map(([stage, pattern]) => {
      const found = functions.filter(([, , name]) => pattern.test(name.replaceAll(/<([\w:]+)>/g, '$1')));
      if (found.length === 0)
        throw new Error(`callgrind found no function of the stage ${stage}: ${pattern}`);
      return [stage, Math.max(...found.map(([, count]) => Number(count.replaceAll(',', ''))))];
    }),
  );
}

const total = (counts) => Object.values(counts).reduce((sum, count) => sum + count, 0);

function render(counts, area, { size, refine, name }) {
  const rows = Object.entries(counts).flatMap(([format, stages]) =>
    Object.entries({ ...stages, 'whole frame': total(stages) }).map(([stage, count]) => [
      format.toUpperCase(),
      stage,
      (count / 1e6).toFixed(2),
      (count / area).toFixed(2),
    ]),
  );
  const machine = `${new Date().toISOString().slice(0, 10)}${name ? `, commit ${name}` : ''}, ${cpus()[0].model.trim()}`;
  return [
    `${machine}. ${size}, medium blur, ${refine}, ${MODEL}.`,
    table(['frames', 'stage', 'million instructions a frame', 'instructions a pixel'], rows),
  ].join('\n\n');
}
