/** What a run is to measure, as the form and a link's parameters say it. Knows no page. */
import type { Refinement } from 'cyclorama';

/** What cyclorama can run on: `webgl` has the network on the processor and the effects on WebGL2. */
export const BACKENDS = ['webgpu-f32', 'webgpu-f16', 'webgl'] as const;
export type BackendName = (typeof BACKENDS)[number];

export const REFINEMENTS = ['guided', 'bilateral', 'none'] as const satisfies readonly Refinement[];

/** The sizes of frames to choose from: width and height in pixels. */
export const SIZES = ['640x360', '1280x720', '1920x1080'] as const;

export type SourceKind = 'clip' | 'camera' | 'file';

/** What is measured, and how. */
export interface Settings {
  /** Names, as the manifest has them. */
  models: string[];
  backends: BackendName[];
  refinements: Refinement[];
  sizes: [width: number, height: number][];
  /** Other systems, by id. */
  peers: string[];
  source: SourceKind;
  rounds: number;
  /** Single frames of each configuration in a round. */
  frames: number;
  /** Frames of each configuration before the first round. */
  warmUp: number;
  /** Length of the stretch of frames without a pause in a round; 0 for none. */
  seconds: number;
  /** Whether masks are judged and shown. */
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

/** The least and the most that a number may be. */
export const LIMITS = {
  rounds: [1, 100],
  frames: [1, 200],
  warmUp: [0, 100],
  seconds: [0, 30],
} as const satisfies Partial<Record<keyof Settings, readonly [number, number]>>;

/** Why settings cannot be. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/**
 * Settings of a link's parameters, and whether the run is to start at once; what is left out is as usual.
 *
 * @param models names of the models that there are
 * @param peers ids of the other systems
 * @throws {SettingsError} that names the parameter and what it may be
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
      throw new SettingsError(`"${name}" is no setting; there are ${known.join(', ')}.`);
  }
  const usual = DEFAULT_SETTINGS;
  const list = <Name extends string>(name: string, allowed: readonly Name[], otherwise: Name[]): Name[] => {
    const given = parameters.get(name);
    if (given === null) return otherwise;
    return given
      .split(',')
      .filter(Boolean)
      .map((item) => {
        const found = allowed.find((candidate) => candidate === item);
        if (found === undefined)
          throw new SettingsError(`The setting ${name}=${item}: it takes ${allowed.join(', ')}.`);
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
        `The setting ${name}=${given}: it takes a${whole ? ' whole' : ''} number from ${least} to ${most}.`,
      );
    }
    return value;
  };
  const one = <Name extends string>(name: string, allowed: readonly Name[], otherwise: Name): Name => {
    const [first = otherwise, ...others] = list(name, allowed, [otherwise]);
    if (others.length > 0) throw new SettingsError(`The setting ${name} takes one of ${allowed.join(', ')}.`);
    return first;
  };
  const flag = (name: string, otherwise: boolean) => one(name, ['1', '0'], otherwise ? '1' : '0') === '1';
  return {
    settings: {
      models: list(
        'models',
        models,
        usual.models.filter((name) => models.includes(name)),
      ),
      backends: list('backends', BACKENDS, usual.backends),
      refinements: list('refinement', REFINEMENTS, usual.refinements),
      sizes: parameters.get('sizes')?.split(',').filter(Boolean).map(parseSize) ?? usual.sizes,
      peers: list('peers', peers, usual.peers),
      source: one('source', ['clip', 'camera', 'file'], usual.source),
      rounds: number('rounds', LIMITS.rounds, usual.rounds),
      frames: number('frames', LIMITS.frames, usual.frames),
      warmUp: number('warmup', LIMITS.warmUp, usual.warmUp),
      seconds: number('seconds', LIMITS.seconds, usual.seconds, false),
      quality: flag('quality', usual.quality),
      timing: one('timing', ['every', 'completed'], usual.timing),
      worker: flag('worker', usual.worker),
    },
    run: parameters.has('run'),
  };
}

/** @throws {SettingsError} for anything but `WIDTHxHEIGHT`, from 16 to 4096 pixels */
export function parseSize(text: string): [width: number, height: number] {
  const [, width = '', height = ''] = /^(\d+)x(\d+)$/.exec(text) ?? [];
  const size: [number, number] = [Number(width), Number(height)];
  if (size.every((side) => side >= 16 && side <= 4096)) return size;
  throw new SettingsError(
    `The setting sizes=${text}: it takes sizes such as 1280x720, of 16 to 4096 pixels.`,
  );
}

/** A stretch without a pause has at least so many frames: the first three only fill the way, and of fewer than five no rate can be told. */
export const LEAST_STRETCH = 8;

/** What a run will take, before anything is known but the kind of machine. */
export interface Estimate {
  configurations: number;
  /** Networks that have to be made ready. */
  networks: number;
  seconds: number;
}

/**
 * Guesses how long a run takes. The figures behind it are those of a laptop with a graphics card, and of a software adapter, where
 * everything takes many times as long; progress corrects them.
 */
export function estimate(
  settings: Settings,
  machine: { software: boolean; f16: boolean; webgpu: boolean },
): Estimate {
  const { models, refinements, sizes, rounds, frames, warmUp, seconds, quality } = settings;
  const backends = offered(settings.backends, machine);
  const networks = models.length * backends.length;
  let total = 0;
  for (const backend of backends) {
    const onGpu = backend !== 'webgl';
    const opening = machine.software && onGpu ? 10 : 1.5;
    // The last figures of a network come a second late.
    let measuring = 1.2;
    for (const [width, height] of sizes) {
      const megapixels = (width * height) / 1e6;
      const frame = machine.software ? 0.06 + 0.11 * megapixels : 0.008 + 0.006 * megapixels;
      const stretch = seconds > 0 ? Math.max(seconds, LEAST_STRETCH * frame) : 0;
      const turns = rounds * (frames * frame + stretch + 0.1);
      measuring += refinements.length * (turns + (warmUp + (quality ? 6 : 0)) * frame);
    }
    total += models.length * (opening + measuring);
  }
  return { configurations: networks * refinements.length * sizes.length, networks, seconds: total };
}

/** Of the chosen backends those that the browser has. */
export function offered(
  backends: readonly BackendName[],
  { webgpu, f16 }: { webgpu: boolean; f16: boolean },
): BackendName[] {
  return backends.filter((name) => name === 'webgl' || (webgpu && (name === 'webgpu-f32' || f16)));
}
