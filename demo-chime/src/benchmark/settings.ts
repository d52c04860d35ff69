/** The settings of a run, from the form or from the parameters of a link. Does not depend on a page. */
import type { Refinement } from 'cyclorama';

/**
 * Cyclorama's backends. `webgl` runs the model on the CPU and the effects on WebGL2. `cpu` runs the whole frame on
 * the CPU.
 */
export const BACKENDS = ['webgpu-f32', 'webgpu-f16', 'webgl', 'cpu'] as const;
export type BackendName = (typeof BACKENDS)[number];

export const REFINEMENTS = ['guided', 'bilateral', 'none'] as const satisfies readonly Refinement[];

/** The frame sizes to choose from: width and height in pixels. */
export const SIZES = ['640x360', '1280x720', '1920x1080'] as const;

export type SourceKind = 'clip' | 'camera' | 'file';

/** What a run measures, and how. */
export interface Settings {
  /** Names from the manifest. */
  models: string[];
  backends: BackendName[];
  refinements: Refinement[];
  sizes: [width: number, height: number][];
  /** Other engines, by id. */
  peers: string[];
  source: SourceKind;
  rounds: number;
  /** Single frames of each configuration in a round. */
  frames: number;
  /** Frames of each configuration before the first round. */
  warmUp: number;
  /** Length of the throughput test in each round, in seconds; 0 for none. */
  seconds: number;
  /** Whether masks are evaluated and shown. */
  quality: boolean;
  timing: 'every' | 'completed';
  worker: boolean;
}

export const DEFAULT_SETTINGS: Settings = {
  models: ['selfie_segmentation_landscape', 'selfie_segmentation'],
  backends: [...BACKENDS],
  refinements: ['guided', 'none'],
  sizes: [[1280, 720]],
  peers: [],
  source: 'clip',
  rounds: 5,
  frames: 8,
  warmUp: 3,
  seconds: 0.4,
  quality: true,
  timing: 'every',
  worker: true,
};

/** The smallest and the largest value of each number. */
export const LIMITS = {
  rounds: [1, 100],
  frames: [1, 200],
  warmUp: [0, 100],
  seconds: [0, 30],
} as const satisfies Partial<Record<keyof Settings, readonly [number, number]>>;

/** Reports settings that are invalid. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/**
 * Reads settings from the parameters of a link, and whether the run starts at once. Missing parameters have their defaults.
 *
 * @param models names of the available models
 * @param peers ids of the other engines
 * @throws {SettingsError} that names the parameter and its allowed values
 */
export function readSettings(
  parameters: URLSearchParams,
  models: readonly string[],
  peers: readonly string[],
): { settings: Settings; run: boolean } {
  const known = [
    'models',
    'backends',
    'refinement',
    'sizes',
    'peers',
    'source',
    'rounds',
    'frames',
    'warmup',
    'seconds',
    'quality',
    'timing',
    'worker',
    'run',
  ];
  for (const name of parameters.keys()) {
    if (!known.includes(name))
      throw new SettingsError(`"${name}" is not a setting. The settings are ${known.join(', ')}.`);
  }
  const defaults = DEFAULT_SETTINGS;
  const list = <Name extends string>(name: string, allowed: readonly Name[], otherwise: Name[]): Name[] => {
    const given = parameters.get(name);
    if (given === null) return otherwise;
    return given
      .split(',')
      .filter(Boolean)
      .map((item) => {
        const found = allowed.find((candidate) => candidate === item);
        if (found === undefined)
          throw new SettingsError(
            `Invalid setting ${name}=${item}. The allowed values are ${allowed.join(', ')}.`,
          );
        return found;
      });
  };
  const number = (
    name: string,
    [least, most]: readonly [number, number],
    otherwise: number,
    whole = true,
  ) => {
    const given = parameters.get(name);
    if (given === null) return otherwise;
    const value = Number(given);
    if (given === '' || !(value >= least && value <= most) || (whole && !Number.isInteger(value))) {
      throw new SettingsError(
        `Invalid setting ${name}=${given}. It must be a${whole ? ' whole' : ''} number from ${least} to ${most}.`,
      );
    }
    return value;
  };
  const one = <Name extends string>(name: string, allowed: readonly Name[], otherwise: Name): Name => {
    const [first = otherwise, ...others] = list(name, allowed, [otherwise]);
    if (others.length > 0)
      throw new SettingsError(`The setting ${name} takes one value: ${allowed.join(', ')}.`);
    return first;
  };
  const flag = (name: string, otherwise: boolean) => one(name, ['1', '0'], otherwise ? '1' : '0') === '1';
  return {
    settings: {
      models: list(
        'models',
        models,
        defaults.models.filter((name) => models.includes(name)),
      ),
      backends: list('backends', BACKENDS, defaults.backends),
      refinements: list('refinement', REFINEMENTS, defaults.refinements),
      sizes: parameters.get('sizes')?.split(',').filter(Boolean).map(parseSize) ?? defaults.sizes,
      peers: list('peers', peers, defaults.peers),
      source: one('source', ['clip', 'camera', 'file'], defaults.source),
      rounds: number('rounds', LIMITS.rounds, defaults.rounds),
      frames: number('frames', LIMITS.frames, defaults.frames),
      warmUp: number('warmup', LIMITS.warmUp, defaults.warmUp),
      seconds: number('seconds', LIMITS.seconds, defaults.seconds, false),
      quality: flag('quality', defaults.quality),
      timing: one('timing', ['every', 'completed'], defaults.timing),
      worker: flag('worker', defaults.worker),
    },
    run: parameters.has('run'),
  };
}

/** @throws {SettingsError} unless the text is `WIDTHxHEIGHT`, from 16 to 4096 pixels */
export function parseSize(text: string): [width: number, height: number] {
  const [, width = '', height = ''] = /^(\d+)x(\d+)$/.exec(text) ?? [];
  const size: [number, number] = [Number(width), Number(height)];
  if (size.every((side) => side >= 16 && side <= 4096)) return size;
  throw new SettingsError(`Invalid setting sizes=${text}. Sizes look like 1280x720, with 16 to 4096 pixels.`);
}

/** The fewest frames of a throughput test. The first three fill the pipeline, and a rate needs at least five more. */
export const MIN_THROUGHPUT_FRAMES = 8;

/** The features of a browser that decide which backends it offers. */
export interface Offers {
  webgpu: boolean;
  f16: boolean;
  webgl: boolean;
  cpu: boolean;
  /** Whether the WebGPU adapter is emulated on the CPU. */
  software: boolean;
}

/** The estimated duration of a run. */
export interface Estimate {
  configurations: number;
  /** Engines to start: one per model and backend. */
  engines: number;
  seconds: number;
}

/**
 * Estimates how long a run takes, from timings of a laptop with a GPU and of a software adapter. The progress display corrects the
 * estimate during the run.
 */
export function estimate(settings: Settings, machine: Offers): Estimate {
  const { models, refinements, sizes, rounds, frames, warmUp, seconds, quality } = settings;
  const backends = offered(settings.backends, machine);
  const engines = models.length * backends.length;
  let total = 0;
  for (const backend of backends) {
    const opening = machine.software && backend.startsWith('webgpu') ? 10 : 1.5;
    // The last timings of an engine arrive a second late.
    let measuring = 1.2;
    for (const [width, height] of sizes) {
      const megapixels = (width * height) / 1e6;
      const frame = secondsPerFrame(backend, machine.software, megapixels);
      const throughput = seconds > 0 ? Math.max(seconds, MIN_THROUGHPUT_FRAMES * frame) : 0;
      const turns = rounds * (frames * frame + throughput + 0.1);
      measuring += refinements.length * (turns + (warmUp + (quality ? 6 : 0)) * frame);
    }
    total += models.length * (opening + measuring);
  }
  return { configurations: engines * refinements.length * sizes.length, engines, seconds: total };
}

function secondsPerFrame(backend: BackendName, software: boolean, megapixels: number): number {
  if (backend === 'cpu') return 0.006 + 0.012 * megapixels;
  return software ? 0.06 + 0.11 * megapixels : 0.008 + 0.006 * megapixels;
}

/** The chosen backends that the browser offers. */
export function offered(
  backends: readonly BackendName[],
  { webgpu, f16, webgl, cpu }: Omit<Offers, 'software'>,
): BackendName[] {
  const offers = { 'webgpu-f32': webgpu, 'webgpu-f16': webgpu && f16, webgl, cpu };
  return backends.filter((name) => offers[name]);
}
