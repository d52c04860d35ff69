import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Harness } from '../live/harness.js';
import { withFirefox } from '../matrix.js';
import { expectations, titles } from '../sdk/tracks/survival-expectations.js';

/** The scenarios on the page's server. */
const scenarios = `/@fs${fileURLToPath(new URL('../sdk/tracks/survival-scenarios.ts', import.meta.url))}`;

describe('in Firefox, by canvas', withFirefox, () => {
  let harness: Harness;

  beforeAll(async () => {
    harness = await Harness.open('firefox');
  });

  afterAll(() => harness?.close());

  for (const name of Object.keys(titles) as (keyof typeof titles)[]) {
    test(titles[name], async () => {
      // A string, because Vitest would rewrite the import.
      const result = await harness.page.evaluate(
        `import('${scenarios}').then(({ scenarios }) => scenarios.${name}('canvas'))`,
      );
      expectations[name](result as never);
      expect(harness.complaints).toEqual([]);
    });
  }
});
