import { expect, test } from 'vitest';
import type { EngineInfo } from '../src/engine.js';
import { Meter, STAGES, type Stage, WINDOW } from '../src/metrics.js';
import { LADDER } from '../src/quality.js';

const info: EngineInfo = {
  adapter: 'an adapter',
  fallbackAdapter: false,
  backend: 'webgpu',
  model: { family: 'selfie', width: 256, height: 144 },
  timestamps: true,
  precision: 'f32',
};

const [rung] = LADDER;

function times(milliseconds: number): Record<Stage, number> {
  return Object.fromEntries(STAGES.map((stage) => [stage, milliseconds])) as Record<Stage, number>;
}

test('there are no times before the first frame', () => {
  expect(new Meter().report(info, rung)).toMatchObject({
    stages: undefined,
    framesPerSecond: 0,
    adapter: 'an adapter',
  });
});

test('median and p95 are of the values that were measured, and say on which clock', () => {
  const meter = new Meter();
  for (let value = 100; value >= 1; value -= 1) meter.record(times(value), 'completed');
  expect(meter.report(info, rung).stages?.inference).toEqual({
    clock: 'completed',
    last: 1,
    median: 50,
    p95: 95,
  });
});

test('old frames leave the window', () => {
  const meter = new Meter();
  meter.record(times(1000), 'encode');
  for (let frame = 0; frame < WINDOW; frame += 1) meter.record(times(2), 'encode');
  expect(meter.report(info, rung).stages?.total).toEqual({ clock: 'encode', last: 2, median: 2, p95: 2 });
});

test('frames are counted by what became of them, and their rate is that of the window', () => {
  const meter = new Meter();
  for (let frame = 0; frame < 11; frame += 1) meter.count(frame === 3 ? 'hidden' : 'processed', frame * 40);
  const { frames, framesPerSecond } = meter.report(info, rung);
  expect(frames).toMatchObject({ processed: 10, hidden: 1, raw: 0 });
  expect(framesPerSecond).toBeCloseTo(25);
});
