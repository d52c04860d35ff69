import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { CycloramaError, type Effect, VirtualBackground } from '../../src/index.js';
import { DEFAULT_CONFIGURATION } from '../../src/page/configuration.js';
import { loadEffect } from '../../src/page/load-effect.js';
import { checkOptions, type VirtualBackgroundOptions } from '../../src/page/options.js';
import { checkEffect, isSameEffect } from '../../src/shared/effect.js';
import { QUALITY_LEVELS } from '../../src/shared/quality.js';

const defaults = {
  configuration: DEFAULT_CONFIGURATION,
  resolved: {
    model: 'selfie_segmentation_landscape',
    matting: { refinement: 'guided', temporalSmoothing: true },
    quality: { levels: QUALITY_LEVELS, budget: 0.8 },
  },
  backend: 'auto',
  powerPreference: 'high-performance',
  logger: undefined,
  worker: undefined,
  assetBase: undefined,
  onFailure: 'hide',
  timing: 'auto',
  precision: 'auto',
  signal: undefined,
};

test('every option has its documented default', () => {
  expect(checkOptions({})).toEqual(defaults);
  expect(DEFAULT_CONFIGURATION).toMatchObject({
    effect: { options: { kind: 'blur', strength: 'medium' }, parsed: { kind: 'blur', radius: 16 } },
    quality: 'auto',
  });
});

test.each<Effect>([
  { kind: 'blur' },
  { kind: 'blur', strength: 'low' },
  { kind: 'blur', strength: 0.5 },
  { kind: 'blur', strength: 128 },
  { kind: 'image', source: '/beach.jpg' },
  { kind: 'image', source: 'https://example.com/beach.jpg', fit: 'contain' },
  { kind: 'image', source: new Blob(), fit: 'fill' },
  { kind: 'image', source: '/beach.jpg', position: { x: 0, y: 1 }, mirror: true },
  { kind: 'image', source: '/beach.jpg', position: { y: 0.25 } },
  { kind: 'video', source: '/waves.webm' },
  { kind: 'video', source: new Blob(), fit: 'contain', position: {}, mirror: false },
  { kind: 'image', source: '/beach.jpg', lightWrap: 0, matchBrightness: true },
  { kind: 'video', source: '/waves.webm', lightWrap: 1, matchBrightness: false },
  { kind: 'color', color: '#00ff88' },
  { kind: 'color', color: '#00ff88', lightWrap: 0.5 },
  { kind: 'transparent' },
  { kind: 'none' },
])('%j is a valid effect', (effect) => {
  expect(checkOptions({ effect }).configuration.effect.options).toEqual(effect);
});

test('`checkEffect` returns a frozen copy, with URLs as strings', () => {
  const source = new URL('https://example.com/beach.jpg');
  const given: Effect = { kind: 'image', source, position: { x: 0.25 } };
  const kept = checkEffect(given).options;
  source.href = 'https://example.com/other.jpg';
  Object.assign(given.position ?? {}, { x: 2 });
  expect(kept).toEqual({ kind: 'image', source: 'https://example.com/beach.jpg', position: { x: 0.25 } });
  expect(() => Object.assign(kept, { kind: 'none' })).toThrow(TypeError);
  expect(() => Object.assign((kept as typeof given).position ?? {}, { x: 1 })).toThrow(TypeError);
});

test('`isSameEffect` accepts effects of another window and URL objects', () => {
  const effect = { kind: 'image', source: 'https://example.com/a.jpg', position: { x: 0.5 } };
  const foreign: unknown = runInNewContext(`(${JSON.stringify(effect)})`);
  expect(isSameEffect(effect, foreign)).toBe(true);
  expect(isSameEffect(effect, { ...effect, source: new URL(effect.source) })).toBe(true);
  expect(isSameEffect({ ...effect, source: new URL('https://example.com/b.jpg') }, effect)).toBe(false);
});

describe('the error of a wrong value names the option and its valid values', () => {
  test.each<[unknown, RegExp]>([
    [null, /^options is null: it must be an object$/],
    [{ effect: null }, /^effect is null/],
    [{ effect: 'blur' }, /^effect is "blur": it must be an object such as/],
    [{ effect: {} }, /^effect\.kind is undefined: it must be one of "blur", "image", "video"/],
    [{ effect: { kind: 'blurr' } }, /^effect\.kind is "blurr"/],
    [{ effect: { kind: 'blur', strength: 'huge' } }, /^effect\.strength is "huge": .*"low".* \(0, 128\]$/],
    [{ effect: { kind: 'blur', strength: 'toString' } }, /^effect\.strength is "toString"/],
    [{ effect: { kind: 'blur', strength: 0 } }, /^effect\.strength is 0/],
    [{ effect: { kind: 'blur', strength: 129 } }, /^effect\.strength is 129/],
    [{ effect: { kind: 'blur', strength: Number.NaN } }, /^effect\.strength is NaN/],
    [{ effect: { kind: 'image' } }, /^effect\.source is undefined/],
    [{ effect: { kind: 'image', source: '' } }, /^effect\.source is ""/],
    [{ effect: { kind: 'image', source: {} } }, /^effect\.source is an object of type Object/],
    [{ effect: { kind: 'image', source: '/a.jpg', fit: 'stretch' } }, /^effect\.fit is "stretch"/],
    [{ effect: { kind: 'image', source: '/a.jpg', position: 'top' } }, /^effect\.position is "top"/],
    [{ effect: { kind: 'image', source: '/a.jpg', position: { x: 2 } } }, /^effect\.position\.x is 2/],
    [
      { effect: { kind: 'video', source: '/a.webm', position: { y: Number.NaN } } },
      /^effect\.position\.y is NaN: it must be a number in \[0, 1\]$/,
    ],
    [{ effect: { kind: 'image', source: '/a.jpg', mirror: 1 } }, /^effect\.mirror is 1/],
    [{ effect: { kind: 'video' } }, /^effect\.source is undefined: .*a <video> or a video track$/],
    [{ effect: { kind: 'video', source: '/a.webm', fit: 'stretch' } }, /^effect\.fit is "stretch"/],
    [{ effect: { kind: 'color' } }, /^effect\.color is undefined/],
    [
      { effect: { kind: 'color', color: 'redd' } },
      /^effect\.color is "redd": it must be a CSS color such as "#00b140"/,
    ],
    [{ effect: { kind: 'color', color: '#00b1400' } }, /^effect\.color is "#00b1400"/],
    [
      { effect: { kind: 'image', source: '/a.jpg', lightWrap: 1.5 } },
      /^effect\.lightWrap is 1\.5: it must be a number in \[0, 1\]$/,
    ],
    [{ effect: { kind: 'video', source: '/a.webm', lightWrap: Number.NaN } }, /^effect\.lightWrap is NaN/],
    [{ effect: { kind: 'color', color: '#0f8', lightWrap: '1' } }, /^effect\.lightWrap is "1"/],
    [
      { effect: { kind: 'image', source: '/a.jpg', matchBrightness: 1 } },
      /^effect\.matchBrightness is 1: it must be true or false$/,
    ],
    [
      { effect: { kind: 'video', source: '/a.webm', matchBrightness: null } },
      /^effect\.matchBrightness is null/,
    ],
    [{ refinement: 'sharp' }, /^refinement is "sharp": it must be one of "guided", "bilateral", "none"$/],
    [{ refinement: null }, /^refinement is null/],
    [{ temporalSmoothing: 'yes' }, /^temporalSmoothing is "yes": it must be true or false$/],
    [{ model: 'selfie' }, /^model is "selfie": it must be one of "landscape", "general", "meet-full"/],
    [{ model: new Uint8Array(4) }, /^model is an object of type Uint8Array/],
    [{ assetBase: 'http://' }, /^assetBase is "http:\/\/"/],
    [{ backend: 'gpu' }, /^backend is "gpu": it must be one of "auto", "webgpu", "webgl", "cpu"$/],
    [{ worker: 'yes' }, /^worker is "yes": it must be true or false$/],
    [{ onFailure: 'show' }, /^onFailure is "show": it must be one of "hide", "freeze", "passthrough"$/],
    [{ timing: 'encode' }, /^timing is "encode": it must be one of "off", "auto", "every", "completed"$/],
    [{ precision: 'f16' }, /^precision is "f16": it must be one of "auto", "f32"$/],
    [{ signal: {} }, /^signal is an object of type Object: it must be an AbortSignal$/],
  ])('%j', (options, message) => {
    const check = () => checkOptions(options as VirtualBackgroundOptions);
    expect(check).toThrow(CycloramaError);
    expect(check).toThrow(message);
    expect(check).toThrow(expect.objectContaining({ code: 'option' }));
  });
});

test('`lightWrap` has its documented default', async () => {
  expect(await loadEffect(checkEffect({ kind: 'color', color: '#0f8' }).parsed, undefined)).toEqual({
    background: { kind: 'color', color: [0, 255, 136], lightWrap: 0.3 },
  });
  expect(
    await loadEffect(checkEffect({ kind: 'color', color: '#0f8', lightWrap: 0 }).parsed, undefined),
  ).toMatchObject({
    background: { lightWrap: 0 },
  });
});

test('`assetBase` is a directory, with or without a trailing slash', () => {
  expect(checkOptions({ assetBase: 'https://example.com/assets' }).assetBase?.href).toBe(
    'https://example.com/assets/',
  );
});

test('a server imports the package, and `create` rejects with `unsupported`', async () => {
  expect(await VirtualBackground.isSupported()).toBe(false);
  await expect(VirtualBackground.create()).rejects.toMatchObject({ code: 'unsupported' });
});
