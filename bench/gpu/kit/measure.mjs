/** All measurements, in the order of their weight and within a budget of time. */
import { execFile, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { median } from '../../statistics.mjs';
import { assembleReport } from './report.mjs';
import { runScript } from './steps.mjs';

/**
 * @typedef {object} Settings
 * @property {number} budget seconds for everything.
 * @property {boolean} hardware whether a software adapter is a problem.
 * @property {import('./dawn.mjs').Disguise} disguise
 * @property {{ file: string, engine: string, version: string }[]} engines modules of bench/engines, with names for reports.
 * @property {number} tolerance largest allowed difference of a probability.
 * @property {import('../../models.mjs').Model[]} models the first is the one of the whole frames.
 * @property {[number, number][]} sizes of whole frames, in pixels.
 * @property {number} rounds
 * @property {number} frames per round.
 * @property {number} queuedMs budget of an engine's queue in each round.
 * @property {number} awaitedMs budget of an engine's awaited inferences in each round.
 * @property {number} timed inferences that are timed by the GPU's clock.
 * @property {string} cyclorama the version of the package.
 * @property {string} [commit]
 * @property {string} dawn the version of the npm package `webgpu`.
 */

/** Seconds that must be left for a step to start. */
const LEAST = 10;

/**
 * @param {Settings} settings
 * @param {{ base: string, native?: string, onLine?: (line: string) => void }} place `base` is the URL of the folder with the
 *   mounts of bench/mounts.mjs, `native` the path of the program `cyclorama`.
 * @returns {Promise<import('./report.mjs').Report>}
 */
export async function measure(settings, { base, native, onLine = () => {} }) {
  const begin = Date.now();
  const left = () => settings.budget - (Date.now() - begin) / 1000;
  const found = { date: new Date().toISOString(), problems: [], engines: [], frames: [], nativeRows: [] };
  const attempt = async (title, most, action) => {
    if (left() < LEAST) return found.problems.push(`${title}: no time was left.`);
    onLine(title);
    const problem = await action(Math.min(most, left()));
    if (problem) found.problems.push(`${title}: ${problem}`);
  };
  const script = (name, options, into) => async (seconds) => {
    const { messages, problem } = await runScript(name, { ...settings, ...options, base, seconds }, seconds);
    into(messages);
    return problem;
  };
  const inference = (model) =>
    attempt(
      `inference, ${model.name}`,
      settings.budget / 2,
      script('engines.mjs', { model, engines: settings.engines.map(({ file }) => file) }, (messages) =>
        found.engines.push(...(messages.at(-1) ?? [])),
      ),
    );

  const [model, ...others] = settings.models;
  const clocks = watchClock();
  await attempt(
    'adapter, calls, peaks',
    settings.budget / 4,
    script('floor.mjs', {}, (messages) => Object.assign(found, ...messages)),
  );
  await attempt(
    'whole frames',
    settings.budget / 3,
    script('frames.mjs', { model }, (rows) => found.frames.push(...rows)),
  );
  await inference(model);
  await attempt(
    'operators',
    settings.budget / 4,
    script('operators.mjs', { model }, (messages) => Object.assign(found, ...messages)),
  );
  if (native) {
    await attempt('native program', settings.budget / 4, (seconds) =>
      runNative(native, base, model, settings, seconds, (rows) => found.nativeRows.push(...rows)),
    );
  }
  for (const other of others) await inference(other);
  return assembleReport(settings, { ...found, clockMHz: clocks.end() });
}

/** Whole frames of the native program over Vulkan. Resolves with why it failed. */
async function runNative(native, base, model, { rounds, sizes }, seconds, take) {
  const options = [
    ...['bench', '--json', '--backend', 'wgpu', '--refine', 'guided', '--rounds', String(rounds)],
    ...['--models', fileURLToPath(new URL('models', base)), '--model', model.name],
    ...sizes.flatMap(([width, height]) => ['--input', `${width}x${height}`]),
  ];
  try {
    const { stdout } = await promisify(execFile)(native, options, {
      timeout: 1000 * seconds,
      maxBuffer: 2 ** 26,
    });
    take(JSON.parse(stdout).rows);
  } catch (error) {
    return String(error.stderr || error.message)
      .trim()
      .slice(-500);
  }
}

/**
 * Samples the clock of an NVIDIA card twice a second: its driver keeps it low for little work, and then all figures are of
 * a slower card.
 */
function watchClock() {
  const query = ['--query-gpu=clocks.sm', '--format=csv,noheader,nounits', '--loop-ms=500'];
  const program = spawn('nvidia-smi', query, { stdio: ['ignore', 'pipe', 'ignore'] });
  const samples = [];
  // Other cards have no such program.
  program.on('error', () => {});
  program.stdout.on('data', (text) => {
    // A card may have no clock to show: "[N/A]".
    samples.push(...String(text).split('\n').map(Number.parseFloat).filter(Number.isFinite));
  });
  return {
    end() {
      program.kill();
      if (samples.length === 0) return undefined;
      return { median: median(samples), min: Math.min(...samples), max: Math.max(...samples) };
    },
  };
}
