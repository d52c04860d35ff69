/** The benchmarks that run in a browser and their command lines, such as `npm run bench -- page`. */
import { parseArgs } from 'node:util';
import { SetupError } from '../scripts/setup/command.mjs';
import { engineNames } from './engines/registry.mjs';
import { allNames, shortNames } from './models.mjs';

const others = engineNames.filter((name) => name !== 'cyclorama');
/** Names for sizes of frames. */
const sizes = { '360p': '640x360', '720p': '1280x720', '1080p': '1920x1080' };
const refinements = ['guided', 'bilateral', 'none'];
const pageBackends = ['webgpu-f32', 'webgpu-f16', 'webgl', 'cpu'];
/** See `launch` in browser.mjs. */
const gpus = ['none', 'emulated', 'hardware'];

const flag = { type: 'boolean', default: false };
const list = { type: 'string', multiple: true, default: [] };
const text = { type: 'string' };
/** Options of every mode. */
const common = { quick: flag, rounds: text, json: text, markdown: flag, gpu: text, 'no-build': flag };
const commonHelp = (mode) => `  --json FILE       write the figures to this file
  --markdown        write the tables into docs/reports/${mode}.md, between its marks
  --gpu NAME        none: no GPU flags, as users start the browser; emulated: WebGPU on SwiftShader; hardware: the
                    graphics card (default ${modes[mode].gpu})
  --no-build        measure the previous build, even if it is out of date
  -h, --help        show this text`;
/** Default settings of the modes other than `page`. */
const usual = { rounds: 20, model: ['landscape', 'general'] };
const quick = { rounds: 3 };
const roundsHelp = `  --quick           3 rounds
  --rounds NUMBER   number of rounds (default 20)`;
const modelHelp = `  --model NAME      ${Object.keys(shortNames).join(', ')}, or a full name;
                    may be repeated (default landscape and general)`;

/**
 * The modes. Each has its default GPU, a line for the list of subcommands, its help, its own options, its default settings, and
 * those of `--quick`.
 */
export const modes = {
  page: {
    gpu: 'none',
    backends: pageBackends,
    summary: "whole frames in Chromium, with the demo's benchmark page",
    about: `Runs the demo's benchmark page in Chromium unattended and prints its report: whole frames of every model, on every
backend, with and without refinement, at three sizes. Nothing leaves the machine during the run.`,
    options: {
      peers: flag,
      engine: list,
      model: list,
      backend: list,
      refine: list,
      input: list,
      frames: text,
    },
    help: `  --peers           also measure other engines; installs them on first use
  --engine NAME     one of the engines of --peers: ${others.join(', ')};
                    may be repeated
  --model NAME      ${allNames.join(', ')}, or a full name;
                    may be repeated (default all)
  --backend NAME    ${pageBackends.join(', ')}; may be repeated (default all that the browser offers)
  --refine NAME     ${refinements.join(', ')}; may be repeated (default guided and none)
  --input SIZE      ${Object.keys(sizes).join(', ')} or WIDTHxHEIGHT; may be repeated (default all three)
  --quick           2 rounds of 3 frames, one model at 720p
  --rounds NUMBER   number of rounds (default 5)
  --frames NUMBER   frames per round (default 8)`,
    usual: { rounds: 5, frames: 8, model: allNames, refine: ['guided', 'none'], input: Object.keys(sizes) },
    quick: { rounds: 2, frames: 3, model: ['landscape'], input: ['720p'] },
  },
  runtimes: {
    gpu: 'emulated',
    summary: 'the models alone, compared with the same models in other browser runtimes',
    about: `Measures the models alone in Chromium and compares them with the same models in other browser runtimes. Also lists the
download size and the WebGPU calls of each runtime. Installs the runtimes on first use.`,
    options: { engine: list, model: list },
    help: `  --engine NAME     ${engineNames.join(', ')},
                    or NAME/BACKEND for one of webgpu, webgl or cpu; may be repeated (default all)
${modelHelp}
${roundsHelp}`,
    usual,
    quick,
  },
  operators: {
    gpu: 'emulated',
    summary: 'one inference, dispatch by dispatch',
    about: 'Times every dispatch of an inference in Chromium.',
    options: { model: list, shaders: text },
    help: `${modelHelp}
${roundsHelp}
  --shaders DIR     write the WGSL of every distinct shader into this folder`,
    usual,
    quick,
  },
  effects: {
    gpu: 'emulated',
    summary: 'whole frames with each effect',
    about: 'Measures whole frames with each effect in Chromium.',
    backends: ['webgpu', 'cpu'],
    options: { backend: text },
    help: `  --backend NAME    webgpu, or cpu, which implies --gpu none (default webgpu)
${roundsHelp}`,
    usual,
    quick,
  },
};

/** The text for `--help`. */
export function helpOf(mode) {
  const { about, help } = modes[mode];
  return `Usage: npm run bench -- ${mode} [options]\n\n${about}\n\n${help}\n${commonHelp(mode)}`;
}

/**
 * @param {string} mode one of {@link modes}.
 * @param {string[]} args
 * @throws {SetupError | Error} if an option or its value is invalid. The message names it.
 */
export function parseArguments(mode, args) {
  const { options, usual, quick, backends, gpu } = modes[mode];
  const { values } = parseArgs({ args, options: { ...options, ...common } });
  const { 'no-build': noBuild, ...rest } = values;
  const { engine = [], backend = [], refine = [] } = values;
  if (mode === 'page' && engine.length > 0 && !values.peers) throw new SetupError('--engine needs --peers.');
  if (values.peers) for (const name of engine) oneOf('engine', others, name);
  for (const name of [backend].flat()) oneOf('backend', backends, name);
  if (values.gpu !== undefined) oneOf('gpu', gpus, values.gpu);
  for (const name of refine) oneOf('refine', refinements, name);

  const preset = values.quick ? { ...usual, ...quick } : usual;
  const number = (option) =>
    values[option] === undefined ? preset[option] : parseNumber(option, values[option]);
  const names = (option) => (values[option]?.length > 0 ? values[option] : preset[option]);
  return {
    ...rest,
    mode,
    gpu: values.gpu ?? (backend === 'cpu' ? 'none' : gpu),
    build: !noBuild,
    rounds: number('rounds'),
    frames: number('frames'),
    model: names('model'),
    refine: names('refine'),
    input: names('input')?.map(parseSize),
  };
}

function oneOf(option, allowed, given) {
  if (!allowed.includes(given))
    throw new SetupError(`--${option} takes one of ${allowed.join(', ')}, not "${given}".`);
}

function parseNumber(option, text) {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) {
    throw new SetupError(`--${option} takes a whole number of 1 or more, not "${text}".`);
  }
  return number;
}

function parseSize(text) {
  const size = sizes[text] ?? text;
  if (!/^[1-9]\d{1,3}x[1-9]\d{1,3}$/.test(size)) {
    throw new SetupError(
      `--input takes ${Object.keys(sizes).join(', ')} or a size such as 1280x720, not "${text}".`,
    );
  }
  return size;
}
