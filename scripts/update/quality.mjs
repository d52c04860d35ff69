/** `npm run update -- quality`: evaluates masks on the demo's clip, and writes figures and sheet into docs/. */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { table } from '../../bench/markdown.mjs';
import { pageWriter } from '../../bench/sections.mjs';
import { run as execute } from '../setup/command.mjs';
import { program, root } from '../setup/paths.mjs';
import { prepare } from '../setup/prepare.mjs';
import { step } from '../setup/progress.mjs';

export const summary = "mask quality on the demo's clip, in docs/quality.md (needs ffmpeg and Python)";

export const help = `Usage: npm run update -- quality

Evaluates the masks of three models on the demo's clip, whose ground truth is known, with and without refinement and
temporal smoothing. Writes the table into docs/quality.md, between its marks, and the sheet next to it. Takes some
minutes, and needs ffmpeg and the Python packages of scripts/clip/requirements.txt.

  -h, --help  show this text`;

const sheetRows = 5;
/** Height of a row of the sheet of 16:9 pictures, and the space between two; see rust/cli/src/evaluate/sheet.rs. */
const rowHeight = 144;
const gap = 4;

const plain = ['--refine', 'none', '--no-temporal-smoothing'];
/** What is done to a mask, in words, and as the command line takes it. */
const runs = [
  { model: 'selfie_segmentation_landscape', done: 'upsampled', args: plain },
  { model: 'selfie_segmentation_landscape', done: 'smoothed', args: ['--refine', 'none'] },
  {
    model: 'selfie_segmentation_landscape',
    done: 'bilateral',
    args: ['--refine', 'bilateral', '--no-temporal-smoothing'],
  },
  { model: 'selfie_segmentation_landscape', done: 'guided', args: ['--no-temporal-smoothing'] },
  { model: 'selfie_segmentation_landscape', done: 'smoothed, bilateral', args: ['--refine', 'bilateral'] },
  { model: 'selfie_segmentation_landscape', done: '**smoothed, guided**', args: [], sheet: true },
  { model: 'selfie_segmentation', done: 'upsampled', args: plain },
  { model: 'selfie_segmentation', done: '**smoothed, guided**', args: [] },
  { model: 'segm_full_v679', done: 'upsampled', args: plain },
  { model: 'segm_full_v679', done: '**smoothed, guided**', args: [] },
];

export async function run(args) {
  parseArgs({ args });
  const write = await pageWriter('docs/quality.md', ['clip']);
  const env = await prepare({ host: true, meet: true, program: true });
  const folder = await mkdtemp(join(tmpdir(), 'cyclorama-quality-'));
  try {
    const text = await evaluate(folder, env);
    await write('clip', text);
    console.log(`\n${text}`);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function evaluate(folder, env) {
  const [frames, masks, sheet, json] = ['frames', 'masks', 'sheet.png', 'report.json'].map((name) =>
    join(folder, name),
  );
  await step('frames and ground truth', async (onLine) => {
    await mkdir(frames);
    const clip = join(root, 'demo-chime', 'public', 'clip.webm');
    const options = { env, onLine };
    await execute(
      'ffmpeg',
      ['-loglevel', 'error', '-i', clip, '-start_number', '0', join(frames, '%04d.png')],
      options,
    );
    await execute('python3', [join(root, 'scripts', 'clip', 'make.py'), '--masks', masks], options);
  });
  const rows = [];
  for (const { model, done, args, sheet: draws } of runs) {
    await step(`${model}: ${done.replaceAll('*', '')}`, async (onLine) => {
      const options = [
        '--sequence',
        '--soft-masks',
        '--backend',
        'cpu',
        '--model',
        model,
        '--json',
        json,
        ...args,
      ];
      if (draws) options.push('--sheet', sheet);
      await execute(program, ['evaluate', frames, masks, ...options], { env, onLine });
      const { mean } = JSON.parse(await readFile(json, 'utf8'));
      const { iou, boundary, halo, flicker } = mean;
      const shares = [iou, boundary.f, boundary.precision, boundary.recall, halo].map((share) =>
        share.toFixed(3),
      );
      rows.push([`\`${model}\``, done, ...shares, flicker.toFixed(4)]);
    });
  }
  const height = gap + sheetRows * (rowHeight + gap);
  const picture = join(root, 'docs', 'quality-clip.jpg');
  await execute(
    'ffmpeg',
    ['-loglevel', 'error', '-y', '-i', sheet, '-vf', `crop=iw:${height}:0:0`, '-q:v', '4', picture],
    {
      env,
    },
  );
  return table(['model', 'mask', 'IoU', 'boundary F', 'precision', 'recall', 'halo', 'flicker'], rows);
}
