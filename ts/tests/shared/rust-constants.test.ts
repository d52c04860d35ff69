import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { MAX_BLUR_RADIUS } from '../../src/shared/effect.js';
import { MAX_MATTE_AGE } from '../../src/shared/quality.js';
import { MAX_IMAGE_SIDE } from '../../src/shared/thread-support.js';
import { STEP } from '../../src/worker/stills/mask.js';

/** All Rust and shader sources of a crate, as one text. */
function sourcesOf(crate: string): string {
  const folder = fileURLToPath(new URL(`../../../rust/${crate}/src/`, import.meta.url));
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(rs|wgsl)$/.test(name))
    .map((name) => readFileSync(folder + name, 'utf8'))
    .join('\n');
}

/** The numbers that the groups of `pattern` match in the sources of a crate. */
function numbersIn(crate: string, pattern: RegExp): number[] {
  const [, ...groups] = pattern.exec(sourcesOf(crate)) ?? [];
  return groups.map((digits) => Number(digits.replaceAll('_', '')));
}

describe('constants equal those of the engine', () => {
  test('the longest side of an image', () => {
    expect(numbersIn('effects', /impl Size \{\s[^}]*?const MAX_SIDE: u32 = ([\d_]+);/)).toEqual([
      MAX_IMAGE_SIDE,
    ]);
  });

  test('the largest blur radius', () => {
    expect(numbersIn('effects', /const MAX_RADIUS: f32 = ([\d.]+);/)).toEqual([MAX_BLUR_RADIUS]);
  });

  test('the longest time that a matte may be reused', () => {
    expect(numbersIn('engine', /const MAX_MATTE_AGE: Duration = Duration::from_millis\((\d+)\);/)).toEqual([
      MAX_MATTE_AGE,
    ]);
  });

  test("the compositor's smoothstep", () => {
    expect(numbersIn('effects', /const STEP: \[f32; 2\] = \[([\d.]+), ([\d.]+)\];/)).toEqual([...STEP]);
  });
});
