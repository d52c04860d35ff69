import { test } from 'vitest';
import { scenarios } from '../../live/canvas-track.js';
import { cases } from '../../live/canvas-track-expectations.js';

for (const { name, title, check } of cases) {
  test(title, async () => check(await scenarios[name]()));
}
