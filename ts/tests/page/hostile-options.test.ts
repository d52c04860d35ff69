import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CycloramaError } from '../../src/index.js';
import { type BackgroundChange, checkChange } from '../../src/page/configuration.js';
import { checkOptions, type VirtualBackgroundOptions } from '../../src/page/options.js';
import {
  checkSegmenterOptions,
  checkSegmentOptions,
  type ImageSegmenterOptions,
  type SegmentOptions,
} from '../../src/page/stills/options.js';
import { checkEffect, type Effect } from '../../src/shared/effect.js';
import { completeQuality, type QualityOptions } from '../../src/shared/quality.js';

/** A fixed seed reproduces a failure. */
const RUNS = { numRuns: 2000, seed: 1 };

/** Creates a value inside the property. fast-check itself would read the properties of a generated value. */
type Made = fc.Arbitrary<() => unknown>;
const plain = (arbitrary: fc.Arbitrary<unknown>): Made => arbitrary.map((value) => () => value);
const any = (...made: Made[]): Made => fc.oneof(...made);

const fractions = plain(
  fc.oneof(fc.double(), fc.constantFrom(0, 1, -0, 0.5, 1.5, Number.NaN, Number.POSITIVE_INFINITY)),
);
const flags = plain(fc.boolean());
const words = plain(
  fc.constantFrom(
    ...['auto', 'bilateral', 'blur', 'color', 'contain', 'cover', 'f32', 'fill', 'freeze', 'guided', 'hide'],
    ...[
      'high',
      'image',
      'low',
      'none',
      'off',
      'passthrough',
      'segm_full_v679',
      'transparent',
      'video',
      'webgl',
    ],
    ...['webgpu', '#0f8', '/beach.jpg', 'data:image/png;base64,', 'http://', 'toString', '__proto__', ''],
  ),
);

/** Values that throw when they are read, or have an unexpected type. */
const hostile: Made = fc.constantFrom<() => unknown>(
  () => new Proxy({}, { get: explode, has: explode, getPrototypeOf: explode, ownKeys: explode }),
  () => new Proxy(() => {}, { get: explode, apply: explode, getPrototypeOf: explode }),
  () => Object.create(null),
  () => Object.defineProperty({}, 'constructor', { get: explode }),
  () => ({ constructor: { name: { toString: explode } } }),
  () => ({ toString: explode, valueOf: explode, [Symbol.toPrimitive]: explode }),
  () => ({ toString: () => 'low' }),
  () => Symbol('low'),
  () => explode,
  () => 10n ** 30n,
  () => 'long'.repeat(100_000),
  () => new Date(Number.NaN),
  () => new Map([['kind', 'blur']]),
);

function explode(): never {
  throw new TypeError('read me not');
}

const values = any(
  words,
  fractions,
  plain(fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true })),
  hostile,
);

/** Objects with some of these properties. One in eight has a property that throws when it is read. */
function objects(properties: Record<string, Made>): Made {
  const throwing = fc.option(fc.constantFrom(...Object.keys(properties)), { freq: 1 });
  return fc
    .tuple(fc.record(properties, { requiredKeys: [] }), throwing, fc.integer({ min: 0, max: 7 }))
    .map(([made, name, chance]) => () => {
      const entries = Object.entries(made).map(([key, make]) => [key, make?.()]);
      const object = Object.fromEntries(entries);
      return name !== null && chance === 0 ? Object.defineProperty(object, name, { get: explode }) : object;
    });
}

const effects = any(
  values,
  objects({
    kind: any(plain(fc.constantFrom('blur', 'image', 'video', 'color', 'transparent', 'none')), values),
    strength: values,
    source: any(plain(fc.constantFrom('/beach.jpg', new URL('data:text/html,none'), new Blob())), values),
    fit: values,
    position: any(objects({ x: any(fractions, values), y: fractions }), values),
    mirror: any(flags, values),
    color: any(plain(fc.constant('#00b140')), values),
    lightWrap: any(fractions, values),
    matchBrightness: any(flags, values),
  }),
);
const mattings = { refinement: values, temporalSmoothing: any(flags, values) };
const qualities = {
  quality: any(
    values,
    objects({
      model: values,
      refinement: values,
      framesPerSegmentation: any(plain(fc.constantFrom(1, 2, 3)), values),
      outputScale: any(plain(fc.constantFrom(1, 0.75, 0.5)), values),
    }),
  ),
  budget: any(fractions, values, objects({ milliseconds: any(fractions, values) })),
};
const options = objects({
  effect: effects,
  ...mattings,
  ...qualities,
  model: values,
  assetBase: values,
  onFailure: values,
  backend: values,
  worker: any(flags, values),
  timing: values,
  precision: values,
  powerPreference: values,
  logger: values,
  signal: any(plain(fc.constant(new AbortController().signal)), values),
});

/** Describes a wrong error of a check. The check may throw nothing, or a short error that names an option. */
function complaint(check: () => unknown, names: RegExp): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (!(error instanceof CycloramaError)) return `not ours: ${error}`;
    if (error.code !== 'option') return `of code ${error.code}: ${error.message}`;
    if (!names.test(error.message)) return `names no option: ${error.message}`;
    if (error.message.length > 500) return `is ${error.message.length} characters long`;
    return undefined;
  }
}

const OPTIONS =
  /^(options|effect|model|refinement|temporalSmoothing|quality|budget|assetBase|onFailure|backend|worker|timing|precision|signal|powerPreference|logger|change|output|detail)\b/;

describe('any value is accepted, or rejected with an error that names the option', () => {
  test.each<[string, Made, (value: unknown) => unknown]>([
    [
      'options',
      any(options, objects(mattings), values),
      (value) => checkOptions(value as VirtualBackgroundOptions),
    ],
    ['effect', effects, (value) => checkEffect(value as Effect)],
    [
      'change',
      any(objects({ effect: effects, model: values, ...mattings, ...qualities }), values),
      (value) => checkChange(value as BackgroundChange),
    ],
    [
      'segmenter options',
      any(options, values),
      (value) => checkSegmenterOptions(value as ImageSegmenterOptions),
    ],
    [
      'segment options',
      any(
        objects({
          output: any(plain(fc.subarray(['mask', 'cutout', 'composite'])), values),
          effect: effects,
          detail: any(plain(fc.constantFrom('high', 'low')), values),
        }),
        values,
      ),
      (value) => checkSegmentOptions(value as SegmentOptions),
    ],
    ['quality', objects(qualities), (value) => completeQuality(value as QualityOptions)],
  ])('%s', (_name, made, check) => {
    const outcomes = { valid: 0, rejected: 0 };
    fc.assert(
      fc.property(made, (make) => {
        const value = make();
        let rejected = true;
        const wrong = complaint(() => {
          check(value);
          rejected = false;
        }, OPTIONS);
        outcomes[rejected ? 'rejected' : 'valid'] += 1;
        expect(wrong).toBeUndefined();
      }),
      RUNS,
    );
    // Both outcomes must occur, or the values covered only half of the checks.
    expect(outcomes.valid).toBeGreaterThan(0);
    expect(outcomes.rejected).toBeGreaterThan(0);
  });
});

describe('the error names the option that cannot be read', () => {
  const throwing = (name: string) => Object.defineProperty({}, name, { get: explode });
  test.each<[string, unknown]>([
    ['worker', throwing('worker')],
    ['effect.strength', { effect: Object.defineProperty({ kind: 'blur' }, 'strength', { get: explode }) }],
    ['effect.position.y', { effect: { kind: 'image', source: '/a.jpg', position: throwing('y') } }],
    ['quality.outputScale', { quality: throwing('outputScale') }],
    ['budget.milliseconds', { budget: throwing('milliseconds') }],
    ['model', { model: new Proxy({}, { has: explode }) }],
    ['model.url', { model: throwing('url') }],
  ])('%s', (name, value) => {
    const check = () => checkOptions(value as VirtualBackgroundOptions);
    expect(check).toThrow(
      expect.objectContaining({ code: 'option', message: `${name} cannot be read: read me not` }),
    );
  });
});

test('`checkOptions` reads each property once, and returns a copy', () => {
  let asked = 0;
  const changing = {
    kind: 'blur',
    get strength() {
      asked += 1;
      return asked === 1 ? 8 : Number.NaN;
    },
  };
  const { effect } = checkOptions({ effect: changing as Effect }).configuration;
  expect(effect.options).toEqual({ kind: 'blur', strength: 8 });
  const later = { kind: 'color' as const, color: '#fff' };
  const settings = checkOptions({ effect: later });
  later.color = 'red';
  expect(settings.configuration.effect.options).toEqual({ kind: 'color', color: '#ffffff' });
});

test('a `__proto__` key of parsed JSON does not affect other objects', () => {
  const given = JSON.parse(
    '{ "__proto__": { "worker": "no" }, "effect": { "__proto__": { "kind": "none" }, "kind": "blur" } }',
  );
  const { configuration, worker } = checkOptions(given);
  expect({ effect: configuration.effect.options, worker }).toEqual({
    effect: { kind: 'blur' },
    worker: undefined,
  });
  expect(({} as { kind?: string }).kind).toBeUndefined();
});
