import { expect, test } from 'vitest';
import { DEFAULT_SETTINGS, estimate, offered, readSettings, SettingsError } from '../src/benchmark/settings';

const models = ['selfie_segmentation_landscape', 'selfie_segmentation', 'segm_lite_v681'];
const read = (query: string) => readSettings(new URLSearchParams(query), models, ['litert']);

test('missing parameters of a link have their defaults', () => {
  expect(read('')).toEqual({ settings: DEFAULT_SETTINGS, run: false });
});

test('a link sets every setting', () => {
  const { settings, run } = read(
    'models=segm_lite_v681&backends=cpu,webgpu-f16&refinement=none&sizes=640x360,500x400&peers=litert&source=camera' +
      '&rounds=2&frames=4&warmup=0&seconds=0.25&quality=0&timing=completed&worker=0&run',
  );
  expect(run).toBe(true);
  expect(settings).toEqual({
    models: ['segm_lite_v681'],
    backends: ['cpu', 'webgpu-f16'],
    refinements: ['none'],
    sizes: [
      [640, 360],
      [500, 400],
    ],
    peers: ['litert'],
    source: 'camera',
    rounds: 2,
    frames: 4,
    warmUp: 0,
    seconds: 0.25,
    quality: false,
    timing: 'completed',
    worker: false,
  });
});

test.each([
  ['models=bodypix', /models=bodypix. The allowed values are selfie/],
  ['backends=metal', /backends=metal/],
  ['sizes=720', /like 1280x720/],
  ['sizes=9x9', /16 to 4096/],
  ['rounds=0', /from 1 to 100/],
  ['rounds=2.5', /whole number/],
  ['frames=', /frames=/],
  ['quality=yes', /values are 1, 0/],
  ['source=clip,camera', /takes one value/],
  ['round=3', /"round" is not a setting/],
])('an invalid setting is named: %s', (query, words) => {
  expect(() => read(query)).toThrow(SettingsError);
  expect(() => read(query)).toThrow(words);
});

test('only available backends are run and counted', () => {
  const { backends } = DEFAULT_SETTINGS;
  expect(offered(backends, { webgpu: false, f16: false, webgl: false, cpu: true })).toEqual(['cpu']);
  expect(offered(backends, { webgpu: true, f16: false, webgl: true, cpu: true })).toEqual([
    'webgpu-f32',
    'webgl',
    'cpu',
  ]);
  const laptop = estimate(DEFAULT_SETTINGS, {
    webgpu: true,
    f16: true,
    webgl: true,
    cpu: true,
    software: false,
  });
  expect(laptop).toMatchObject({ configurations: 16, engines: 8 });
  expect(laptop.seconds).toBeLessThan(90);
  const slow = estimate(DEFAULT_SETTINGS, {
    webgpu: true,
    f16: false,
    webgl: true,
    cpu: true,
    software: true,
  });
  expect(slow.seconds).toBeGreaterThan(laptop.seconds);
});
