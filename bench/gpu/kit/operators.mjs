/**
 * Times the operators of one inference of Cyclorama by the GPU's clock: each dispatch alone, repeated in a pass. Dispatches
 * of one pass wait for each other, as those of an inference do. Sends the sums by operator.
 */
import { median, sum } from '../../statistics.mjs';
import { install, runScripts, throwErrors } from './dawn.mjs';
import { enableTimestamps, passTimes } from './timestamps.mjs';

/** Repetitions in a pass, on hardware and on a software adapter, and passes, of which the median counts. */
const REPEATS = { hardware: 50, software: 2 };
const PASSES = 5;

/**
 * @typedef {object} Operator all dispatches of an operator in one inference.
 * @property {string} operator
 * @property {number} dispatches
 * @property {number} us microseconds, added up.
 */

const { base, disguise, model } = JSON.parse(process.argv[2]);
const gpu = install(disguise);
for (const name of ['counters', 'gpu-errors']) runScripts(new URL(`bench/page/${name}.js`, base));
enableTimestamps();
const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
if (adapter.features.has('timestamp-query')) process.send({ operators: await measureOperators() });
process.send('done');

/** @returns {Promise<Operator[]>} */
async function measureOperators() {
  const harness = await import(`${base}bench/page/harness.js`);
  const { name, width, height, path } = model;
  const options = { file: 'cyclorama.js', base, backend: 'webgpu', threads: 1 };
  const recorder = record();
  await harness.open({ ...options, model: { url: base + path, name, width, height } });
  const { device, dispatches } = recorder.end();
  const repeats = adapter.info.isFallbackAdapter ? REPEATS.software : REPEATS.hardware;
  const operators = new Map();
  for (const { pipeline, group, workgroups } of dispatches) {
    const times = [];
    for (let i = 0; i < PASSES; i++) {
      times.push(
        await passTimes(adapter, async () => {
          const encoder = device.createCommandEncoder();
          const pass = encoder.beginComputePass();
          pass.setPipeline(pipeline);
          pass.setBindGroup(0, group);
          for (let j = 0; j < repeats; j++) pass.dispatchWorkgroups(...workgroups);
          pass.end();
          device.queue.submit([encoder.finish()]);
        }),
      );
    }
    const found = operators.get(pipeline.label) ?? [];
    operators.set(pipeline.label, [...found, (1000 * median(times)) / repeats]);
  }
  throwErrors();
  return [...operators]
    .map(([operator, times]) => ({ operator, dispatches: times.length, us: sum(times) }))
    .sort((a, b) => b.us - a.us);
}

/** Records the dispatches of the last compute pass, and the device, until `end` is called. */
function record() {
  const recorded = { device: undefined, dispatches: [] };
  let pipeline;
  let group;
  const restore = [
    watch(GPUDevice, 'createCommandEncoder', (device) => {
      recorded.device = device;
    }),
    watch(GPUCommandEncoder, 'beginComputePass', () => {
      recorded.dispatches = [];
    }),
    watch(GPUComputePassEncoder, 'setPipeline', (_, next) => {
      pipeline = next;
    }),
    watch(GPUComputePassEncoder, 'setBindGroup', (_, _index, next) => {
      group = next;
    }),
    watch(GPUComputePassEncoder, 'dispatchWorkgroups', (_, ...workgroups) => {
      recorded.dispatches.push({ pipeline, group, workgroups });
    }),
  ];
  return {
    end() {
      for (const each of restore) each();
      return recorded;
    },
  };
}

/** Calls `before` with the object and the arguments of each call of a method. Returns a function that ends this. */
function watch({ prototype }, name, before) {
  const original = prototype[name];
  prototype[name] = function (...args) {
    before(this, ...args);
    return original.apply(this, args);
  };
  return () => {
    prototype[name] = original;
  };
}
