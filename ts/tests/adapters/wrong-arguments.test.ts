import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  BackgroundBlurVideoFrameProcessor,
  BackgroundReplacementVideoFrameProcessor,
  ChimeVideoFrameProcessor,
  VideoFxProcessor,
} from '../../src/adapters/chime/index.js';
import { CycloramaTrackProcessor } from '../../src/adapters/livekit.js';
import { exportMetrics } from '../../src/adapters/otel.js';
import { CycloramaVideoProcessor } from '../../src/adapters/twilio.js';
import { blurConfig, silentLogger } from '../fakes/chime.js';
import { stubBackgrounds, stubCanvases } from '../fakes/virtual-background.js';

const FX = blurConfig('low');
const BLUR = { kind: 'blur' };

/** Methods without parameter types, as plain JavaScript calls them. */
type Loose = Record<string | symbol, (...given: unknown[]) => unknown>;
const loose = (target: object) => target as unknown as Loose;

beforeEach(() => {
  stubBackgrounds();
  stubCanvases();
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const explode = () => {
  throw new TypeError('read me not');
};
const hostile = () =>
  new Proxy({}, { get: explode, has: explode, getPrototypeOf: explode, ownKeys: explode });

/** Wrong values for a parameter that must be an object. */
const WRONG: [string, () => unknown][] = [
  ['null', () => null],
  ['a number', () => 1],
  ['a string', () => 'blur'],
  ['a symbol', () => Symbol('blur')],
  ['a function', () => explode],
  ['an unreadable object', hostile],
];

/** Calls each public function that takes an object with a wrong value. */
const ENTRY_POINTS: Record<string, (wrong: unknown) => unknown> = {
  'ChimeVideoFrameProcessor.create': (wrong) => loose(ChimeVideoFrameProcessor).create?.(wrong),
  'BackgroundBlurVideoFrameProcessor.create': (wrong) =>
    loose(BackgroundBlurVideoFrameProcessor).create?.(undefined, wrong),
  'BackgroundReplacementVideoFrameProcessor.create': (wrong) =>
    loose(BackgroundReplacementVideoFrameProcessor).create?.(undefined, wrong),
  'BackgroundReplacementVideoFrameProcessor.isSupported': (wrong) =>
    loose(BackgroundReplacementVideoFrameProcessor).isSupported?.(undefined, wrong),
  'VideoFxProcessor.create': (wrong) => loose(VideoFxProcessor).create?.(silentLogger, wrong),
  'VideoFxProcessor.create, options': (wrong) =>
    loose(VideoFxProcessor).create?.(silentLogger, FX, undefined, undefined, wrong),
  'CycloramaVideoProcessor.create': (wrong) => loose(CycloramaVideoProcessor).create?.(wrong),
  'CycloramaTrackProcessor.create': (wrong) => loose(CycloramaTrackProcessor).create?.(wrong),
  'new CycloramaTrackProcessor': (wrong) => new CycloramaTrackProcessor(wrong as never),
  exportMetrics: (wrong) => exportMetrics(wrong as never),
  'exportMetrics, options': (wrong) => exportMetrics(new EventTarget() as never, wrong as never),
};

/** The methods of each class that take an object, and the arguments before that object. */
const METHODS: [string, () => Promise<object> | object, Record<string, unknown[][]>][] = [
  [
    'ChimeVideoFrameProcessor',
    () => ChimeVideoFrameProcessor.create(),
    changes({ setModel: 'selfie_segmentation', setMatting: {}, setQuality: 'low' }),
  ],
  [
    'CycloramaTrackProcessor, unloaded',
    () => new CycloramaTrackProcessor(),
    {
      ...changes({ setModel: 'selfie_segmentation', setMatting: {}, setQuality: 'low' }),
      init: [[]],
      restart: [[]],
    },
  ],
  [
    'CycloramaTrackProcessor, loaded',
    () => CycloramaTrackProcessor.create(),
    {
      ...changes({ setModel: 'selfie_segmentation', setMatting: {}, setQuality: 'low' }),
      init: [[]],
      restart: [[]],
    },
  ],
  [
    'CycloramaVideoProcessor',
    () => CycloramaVideoProcessor.create(),
    { ...changes({}), processFrame: [['not a frame']] },
  ],
  [
    'BackgroundBlurVideoFrameProcessor',
    () => BackgroundBlurVideoFrameProcessor.create(undefined, { logger: silentLogger }),
    {},
  ],
  [
    'BackgroundReplacementVideoFrameProcessor',
    () => BackgroundReplacementVideoFrameProcessor.create(undefined, { logger: silentLogger }),
    { setImageBlob: [[]] },
  ],
  ['VideoFxProcessor', () => VideoFxProcessor.create(silentLogger, FX), { setEffectConfig: [[]] }],
];

/** Setters take an object first, and options after a valid value. */
function changes(setters: Record<string, unknown>): Record<string, unknown[][]> {
  return {
    update: [[], [{}]],
    setEffect: [[], [BLUR]],
    ...Object.fromEntries(Object.entries(setters).map(([name, right]) => [name, [[right]]])),
  };
}

const INHERITED = ['constructor', 'addEventListener', 'removeEventListener', 'dispatchEvent'];

/** Returns the result of a call, or its error. */
async function outcome(call: () => unknown): Promise<unknown> {
  try {
    return await call();
  } catch (error) {
    return error;
  }
}

const OPTION = { name: 'CycloramaError', code: 'option' };

test.each(WRONG)('%s in place of options is an option error', async (_name, wrong) => {
  for (const [name, call] of Object.entries(ENTRY_POINTS)) {
    expect(await outcome(() => call(wrong())), name).toMatchObject(OPTION);
  }
});

test.each(METHODS)('methods of %s reject when an argument is not an object', async (_name, open, methods) => {
  for (const [method, positions] of Object.entries(methods)) {
    for (const before of positions) {
      for (const [kind, wrong] of WRONG) {
        const target = loose(await open());
        const name = `${method}(${[...before.map(String), kind].join(', ')})`;
        const call = target[method]?.(...before, wrong());
        expect(call, `${name} throws`).toBeInstanceOf(Promise);
        expect(await outcome(() => call), name).toMatchObject(OPTION);
      }
    }
  }
});

test.each(METHODS)(
  'no method of %s throws anything but a CycloramaError, for any argument',
  async (_name, open) => {
    const names = new Set<string | symbol>();
    let prototype: object = await open();
    while (prototype !== Object.prototype && prototype !== EventTarget.prototype) {
      for (const name of Reflect.ownKeys(prototype)) names.add(name);
      prototype = Object.getPrototypeOf(prototype);
    }
    // The browser's own methods may throw their own errors.
    for (const name of INHERITED) names.delete(name);
    for (const name of names) {
      const target = loose(await open());
      if (typeof target[name] !== 'function') continue;
      for (const [kind, wrong] of WRONG) {
        for (const given of [[wrong()], [wrong(), wrong()]]) {
          const result = await outcome(() => target[name]?.(...given));
          const isOurs = !(result instanceof Error) || result.name === 'CycloramaError';
          expect(isOurs, `${String(name)}(${kind}): ${result}`).toBe(true);
        }
      }
    }
  },
);

test('an invalid logger and invalid numbers are option errors', async () => {
  const blur = (options: object) =>
    outcome(() => BackgroundBlurVideoFrameProcessor.create(undefined, options));
  for (const options of [
    { logger: {} },
    { logger: 'console' },
    { blurStrength: 'strong' },
    { blurStrength: Symbol('strong') },
    { reportingPeriodMillis: Symbol('often') },
    { filterCPUUtilization: Symbol('much') },
    { filterCPUUtilization: {} },
  ]) {
    expect(await blur(options), JSON.stringify(Object.keys(options))).toMatchObject(OPTION);
  }
  for (const percent of [null, '50', Symbol('half')]) {
    const made = VideoFxProcessor.create(silentLogger, FX, percent as never);
    expect(await outcome(() => made)).toMatchObject(OPTION);
  }
  expect(await outcome(() => VideoFxProcessor.create({} as never, FX))).toMatchObject(OPTION);
  const chime = ChimeVideoFrameProcessor.create({ keepAlpha: 'yes' } as never);
  expect(await outcome(() => chime)).toMatchObject(OPTION);
});
