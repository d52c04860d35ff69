/** The counts that are read from callgrind. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCounts } from './instructions.mjs';

const lines = (...more) =>
  [
    '--------------------------------------------------------------------------------',
    'Ir                      file:function',
    '--------------------------------------------------------------------------------',
    '9,876,543,210 (100.0%)  ???:(below main) [/usr/lib/libc.so.6]',
    '        1,000 ( 0.01%)  rust/cli/src/bench/on_cpu.rs:cyclorama::bench::on_cpu::OnCpu::import [/target/cyclorama]',
    '        2,000 ( 0.01%)  rust/effects/src/preprocess/cpu.rs:<cyclorama_effects::preprocess::cpu::Preprocess>::resize [/target/cyclorama]',
    '    3,000,000 ( 1.50%)  rust/engine/src/segmenter.rs:cyclorama_engine::segmenter::Segmenter::probability_now [/target/cyclorama]',
    '        4,000 ( 0.01%)  rust/effects/src/matting/cpu.rs:cyclorama_effects::matting::cpu::Matting::next [/target/cyclorama]',
    '        5,000 ( 0.01%)  rust/effects/src/composite/cpu.rs:cyclorama_effects::composite::cpu::Compositor::composite [/target/cyclorama]',
    ...more,
  ].join('\n');

test('each stage has the inclusive instructions of its function', () => {
  const output = '        6,000 ( 0.01%)  ???:cyclorama::bench::on_cpu::OnCpu::export [/target/cyclorama]';
  assert.deepEqual(readCounts(lines(output)), {
    import: 1_000,
    preprocess: 2_000,
    inference: 3_000_000,
    refine: 4_000,
    composite: 5_000,
    output: 6_000,
  });
});

test('a stage whose function is missing is named', () => {
  assert.throws(() => readCounts(lines()), /no function of the stage output/);
});
