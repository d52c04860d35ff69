/** Tables of the effects. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderLevels } from './effects.mjs';

const stages = (refine) => ({ import: 1, preprocess: 2, inference: 4, refine, composite: 6, output: 1 });
const effects = {
  backend: 'cpu',
  rows: [
    { name: 'blur, medium', stagesMs: stages(6) },
    { name: 'blur, medium; unrefined', stagesMs: stages(0) },
  ],
};

test('a level shares the time of a matte among its frames and scales the rest by its pixels', () => {
  const levels = [
    { framesPerSegmentation: 1, outputScale: 1, refinement: 'guided' },
    { framesPerSegmentation: 2, outputScale: 0.5, refinement: 'guided' },
    { framesPerSegmentation: 3, outputScale: 0.5, refinement: 'none' },
  ];
  const lines = renderLevels(effects, levels, 'A machine.').split('\n');
  assert.equal(lines[2], '| level | 720p on `cpu`, ms |');
  assert.deepEqual(lines.slice(4), ['| 1 | 20.0 |', '| 2 | 8.0 |', '| 3 | 4.0 |']);
});
