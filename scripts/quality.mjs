/** `npm run quality`: evaluates masks on the demo's clip and writes the figures and the sheet into docs/. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { replaceSection, table } from '../bench/markdown.mjs';
import { run } from './setup/command.mjs';
import { executable, hostTarget, root } from './setup/paths.mjs';
import { prepare } from './setup/prepare.mjs';
import { main, step } from './setup/progress.mjs';

const help = `Usage: npm run quality

Evaluates the masks of three networks on the demo's clip, whose true masks are known, with and without what is done to
them, and writes the table into docs/quality.md, between its marks, and the sheet beside it. Takes about five minutes,
and ffmpeg and the Python packages of scripts/clip/requirements.txt.`;

const page = join(root, 'docs', 'quality.md');
const sheetRows = 5;
/** Height of a row of the sheet of 16:9 pictures, and the space between two; see rust/cli/src/evaluate/sheet.rs. */
const rowHeight = 144;
const gap = 4;

const plain = ['--refine', 'none', '--no-steady'];
/** What is done to a mask, in words, and as the command line takes it. */
const runs = [
  { model: 'selfie_segmentation_landscape', done: 'enlarged', args: plain },
  { model: 'selfie_segmentation_landscape', done: 'steadied', args: ['--refine', 'none'] },
  {
    model: 'selfie_segmentation_landscape',
    done: 'bilateral',
    args: ['--refine', 'bilateral', '--no-steady'],
  },
  { model: 'selfie_segmentation_landscape', done: 'guided', args: ['--no-steady'] },
  { model: 'selfie_segmentation_landscape', done: 'steadied, bilateral', args: ['--refine', 'bilateral'] },
  { model: 'selfie_segmentation_landscape', done: '**steadied, guided**', args: [], sheet: true },
  { model: 'selfie_segmentation', done: 'enlarged', args: plain },
  { model: 'selfie_segmentation', done: '**steadied, guided**', args: [] },
  { model: 'segm_full_v679', done: 'enlarged', args: plain },
  { model: 'segm_full_v679', done: '**steadied, guided**', args: [] },
];

await main(async () => {
  const { values } = parseArgs({ options: { help: { type: 'boolean', short: 'h' } } });
  if (values.help) return console.log(help);
  const env = await prepare({ host: true, program: true });
  const folder = await mkdtemp(join(tmpdir(), 'cyclorama-quality-'));
  try {
    const text = await evaluate(folder, env);
    await writeFile(page, replaceSection(await readFile(page, 'utf8'), 'clip', text));
    console.log(text);
  } finally {
    await rm(folder, { recursive: true });
  }
});

async function evaluate(folder, env) {
  const [frames, masks, sheet, json] = ['frames', 'masks', 'sheet.png', 'report.json'].map((name) =>
    join(folder, name),
  );
  await step('frames and true masks', async (onLine) => {
    await mkdir(frames);
    const clip = join(root, 'demo-chime', 'public', 'clip.webm');
    const options = { env, onLine };
    await run(
      'ffmpeg',
      ['-loglevel', 'error', '-i', clip, '-start_number', '0', join(frames, '%04d.png')],
      options,
    );
    await run('python3', [join(root, 'scripts', 'clip', 'make.py'), '--masks', masks], options);
  });
  const program = join(hostTarget, 'release', executable('cyclorama'));
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
      await run(program, ['evaluate', frames, masks, ...options], { env, onLine });
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
  await run(
    'ffmpeg',
    ['-loglevel', 'error', '-y', '-i', sheet, '-vf', `crop=iw:${height}:0:0`, '-q:v', '4', picture],
    {
      env,
    },
  );
  return table(['model', 'mask', 'IoU', 'boundary F', 'precision', 'recall', 'halo', 'flicker'], rows);
}
