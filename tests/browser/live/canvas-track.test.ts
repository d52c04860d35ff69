import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withFirefox } from '../matrix.js';
import { cases } from './canvas-track-expectations.js';
import { Harness } from './harness.js';

describe('in Firefox', withFirefox, () => {
  let harness: Harness;

  beforeAll(async () => {
    harness = await Harness.open('firefox');
  });

  afterAll(() => harness?.close());

  for (const { name, title, check } of cases) {
    test(title, async () => {
      check(await harness.page.evaluate((name) => globalThis.live.scenarios[name](), name));
      expect(harness.complaints).toEqual([]);
    });
  }
});
