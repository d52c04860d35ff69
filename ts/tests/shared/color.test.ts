import { afterEach, describe, expect, test, vi } from 'vitest';
import { toHexColor } from '../../src/adapters/chime/css-color.js';
import { hexColor, parseColor } from '../../src/shared/color.js';
import { checkEffect, type Effect } from '../../src/shared/effect.js';

afterEach(() => vi.unstubAllGlobals());

test.each([
  ['#0f8', [0, 255, 136]],
  ['#00B140', [0, 177, 64]],
  [' #00b140 ', [0, 177, 64]],
  ['#fff8', [136, 136, 136]],
  ['#ff000080', [128, 0, 0]],
  ['#00000000', [0, 0, 0]],
] as const)('%s is parsed without a canvas, composited over black', (color, rgb) => {
  expect(parseColor(color)).toEqual(rgb);
});

test.each(['', '#', '#12', '#12345', '#1234567', '#gggggg', 'red', 'rgb(1 2 3)'])(
  '%j is not a color when no canvas is available',
  (color) => expect(parseColor(color)).toBeUndefined(),
);

describe('a value that depends on the page or the system is not a color, even if a canvas accepts it', () => {
  test.each([
    'currentcolor',
    'CurrentColor',
    'Canvas',
    'ButtonText',
    'AccentColor',
    'ThreeDDarkShadow',
    '-webkit-link',
    'light-dark(red, blue)',
    'color-mix(in srgb, currentcolor 50%, red)',
    'rgb(from/**/CanvasText r g b)',
    '\\63urrentcolor',
  ])('%s', (color) => {
    // The canvas accepts every value.
    vi.stubGlobal(
      'OffscreenCanvas',
      class {
        getContext() {
          return { fillStyle: '#00b140' };
        }
      },
    );
    expect(parseColor(color)).toBeUndefined();
  });
});

test('an effect has its color as six digits, and its error names an invalid color', () => {
  expect(checkEffect({ kind: 'color', color: '#0F8', lightWrap: 0 })).toEqual({
    options: { kind: 'color', color: '#00ff88', lightWrap: 0 },
    parsed: { kind: 'color', color: [0, 255, 136], lightWrap: 0 },
  });
  expect(hexColor([0, 1, 255])).toBe('#0001ff');
  for (const color of ['currentcolor', 'no color', '', 7, null]) {
    expect(() => checkEffect({ kind: 'color', color } as Effect)).toThrow(
      expect.objectContaining({ code: 'option', message: expect.stringMatching(/^effect\.color is /) }),
    );
  }
});

test('the Chime filters reject alpha digits, as the SDK does', () => {
  expect(toHexColor('#0c8')).toBe('#0c8');
  expect(toHexColor('#00cc88')).toBe('#00cc88');
  for (const color of ['#0c8f', '#00cc88ff', '#1', 'currentcolor']) expect(toHexColor(color)).toBeUndefined();
});
