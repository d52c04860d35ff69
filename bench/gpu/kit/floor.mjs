/**
 * Describes the adapter and measures what limits every engine on it: the cost of calls and dispatches that do nothing, and
 * the peaks of arithmetic and copying. Sends them.
 */
import { median } from '../../statistics.mjs';
import { install, runScripts, throwErrors } from './dawn.mjs';

/** Repetitions of a measurement, of which the median counts. */
const TIMES = 15;
const WORKGROUP = 64;
/** Sizes of the kernels for peaks, see page/peaks.js. The second fills large cards and exceeds their caches. */
const SIZES = [undefined, { groups: 16_384, copied: 64 * 1024 * 1024 }];
const LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupStorageSize',
  'maxTextureDimension2D',
];

const { base } = JSON.parse(process.argv[2]);
// Without a disguise: the large kernels would take a software adapter minutes.
const gpu = install();
runScripts(new URL('bench/page/gpu-errors.js', base));
const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
if (!adapter) throw new Error('Dawn finds no adapter. Is a Vulkan driver installed?');
const hasTimestamps = adapter.features.has('timestamp-query');
const device = await adapter.requestDevice({ requiredFeatures: hasTimestamps ? ['timestamp-query'] : [] });
const { queue } = device;
const { STORAGE, COPY_SRC, COPY_DST, MAP_READ, QUERY_RESOLVE } = GPUBufferUsage;
const code = `
  @group(0) @binding(0) var<storage, read_write> data: array<f32>;
  @compute @workgroup_size(${WORKGROUP})
  fn main(@builtin(global_invocation_id) id: vec3u) { data[id.x] = data[id.x] + 1.0; }`;
const module = device.createShaderModule({ code });
const pipeline = await device.createComputePipelineAsync({ layout: 'auto', compute: { module } });
const data = device.createBuffer({ size: 4 * WORKGROUP, usage: STORAGE });
const layout = pipeline.getBindGroupLayout(0);
const entries = [{ binding: 0, resource: { buffer: data } }];
const group = device.createBindGroup({ layout, entries });

process.send({ adapter: describe() });
await send('floor', measureFloor);
await send('peaks', measurePeaks);
process.send('done');

/** Each alone, so that a failure does not cost the figures before it. */
async function send(name, measure) {
  const figures = await measure();
  throwErrors();
  process.send({ [name]: figures });
}

function describe() {
  const { vendor, architecture, device: model, description, isFallbackAdapter } = adapter.info;
  return {
    name: description || [vendor, architecture, model].filter(Boolean).join(' '),
    vendor,
    architecture,
    device: model,
    isFallbackAdapter,
    features: [...adapter.features].sort(),
    limits: Object.fromEntries(LIMITS.map((name) => [name, adapter.limits[name]])),
  };
}

/**
 * @typedef {object} Floor in milliseconds, except for `dispatchUs`. The wall clock until the GPU is done, unless stated
 *   otherwise. Dispatches depend on each other.
 * @property {number} submission an empty submission.
 * @property {number} dispatches50 50 dispatches in one pass.
 * @property {number} passes50 50 passes of one dispatch in one submission.
 * @property {number} submissions50 50 submissions of one dispatch.
 * @property {number} encoding50 encoding and submitting 50 dispatches, the calling thread alone.
 * @property {number} [dispatchUs] one of 1000 dispatches in a pass, by GPU timestamps, in microseconds.
 * @property {number} upload720p `writeBuffer` of a frame of 1280x720 RGBA, and a dispatch.
 * @property {number} readback copying and mapping 4 bytes.
 * @property {number} readbackMask copying and mapping a mask of 256x144 f32.
 */

/** @returns {Promise<Floor>} */
async function measureFloor() {
  return {
    submission: await wall(() => queue.submit([])),
    dispatches50: await wall(() => queue.submit([encode(50)])),
    passes50: await wall(() => queue.submit([encode(1, 50)])),
    submissions50: await wall(() => {
      for (let i = 0; i < 50; i++) queue.submit([encode(1)]);
    }),
    encoding50: await timeEncoding(),
    dispatchUs: hasTimestamps ? await timeDispatches(1000) : undefined,
    upload720p: await timeUpload(4 * 1280 * 720),
    readback: await timeReadback(4),
    readbackMask: await timeReadback(4 * 256 * 144),
  };
}

/** Milliseconds of an action until the GPU is done. */
async function wall(action) {
  const times = [];
  for (let i = 0; i <= TIMES; i++) {
    const begin = performance.now();
    await action();
    await queue.onSubmittedWorkDone();
    times.push(performance.now() - begin);
  }
  return median(times.slice(1));
}

/** A command buffer of `passes` passes with `dispatches` dispatches each. */
function encode(dispatches, passes = 1, timestampWrites = undefined, after = () => {}) {
  const encoder = device.createCommandEncoder();
  for (let i = 0; i < passes; i++) {
    const pass = encoder.beginComputePass(timestampWrites && { timestampWrites });
    for (let j = 0; j < dispatches; j++) {
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(1);
    }
    pass.end();
  }
  after(encoder);
  return encoder.finish();
}

async function timeEncoding() {
  const times = [];
  for (let i = 0; i <= TIMES; i++) {
    const begin = performance.now();
    queue.submit([encode(50)]);
    times.push(performance.now() - begin);
    await queue.onSubmittedWorkDone();
  }
  return median(times.slice(1));
}

/** Microseconds of one of `count` dispatches. */
async function timeDispatches(count) {
  const querySet = device.createQuerySet({ type: 'timestamp', count: 2 });
  const resolved = device.createBuffer({ size: 16, usage: QUERY_RESOLVE | COPY_SRC });
  const readable = device.createBuffer({ size: 16, usage: COPY_DST | MAP_READ });
  const writes = { querySet, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 };
  const times = [];
  for (let i = 0; i < TIMES; i++) {
    const commands = encode(count, 1, writes, (encoder) => {
      encoder.resolveQuerySet(querySet, 0, 2, resolved, 0);
      encoder.copyBufferToBuffer(resolved, 0, readable, 0, 16);
    });
    queue.submit([commands]);
    await readable.mapAsync(GPUMapMode.READ);
    const [begin, end] = new BigUint64Array(readable.getMappedRange());
    times.push(Number(end - begin) / 1e3 / count);
    readable.unmap();
  }
  return median(times);
}

async function timeUpload(size) {
  const bytes = new Uint8Array(size);
  const target = device.createBuffer({ size, usage: COPY_DST });
  const time = await wall(() => {
    queue.writeBuffer(target, 0, bytes);
    queue.submit([encode(1)]);
  });
  target.destroy();
  return time;
}

async function timeReadback(size) {
  const source = device.createBuffer({ size, usage: COPY_SRC | COPY_DST });
  const target = device.createBuffer({ size, usage: COPY_DST | MAP_READ });
  const time = await wall(async () => {
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(source, 0, target, 0, size);
    queue.submit([encoder.finish()]);
    await target.mapAsync(GPUMapMode.READ);
    target.getMappedRange();
    target.unmap();
  });
  source.destroy();
  target.destroy();
  return time;
}

/** The highest peaks of all sizes. Software adapters would take seconds for the second size. */
async function measurePeaks() {
  const peaks = await import(`${base}bench/page/peaks.js`);
  const found = [];
  for (const size of adapter.info.isFallbackAdapter ? SIZES.slice(0, 1) : SIZES) {
    await peaks.prepare(size);
    found.push(await peaks.measure());
  }
  const best = (name) => Math.max(...found.map((each) => each[name]));
  return { fmaGflops: best('fmaGflops'), copyGBs: best('copyGBs') };
}
