/** The adapter's peaks of arithmetic and copying, measured with kernels that do nothing else. */

const WORKGROUP = 64;
const STEPS = 512;
/**
 * Independent chains of multiply-adds per thread. Too few do not hide instruction latency, too many exhaust the
 * registers.
 */
const CHAINS = [4, 8, 16];
/**
 * The default size of the kernels, which suits software adapters and small GPUs.
 *
 * @typedef {{ groups: number, copied: number }} Size workgroups of multiply-adds, and bytes to copy.
 * @type {Size}
 */
const SMALL = { groups: 256, copied: 16 * 1024 * 1024 };
const BYTES_PER_VECTOR = 16;
/** Vectors that one thread copies. */
const VECTORS_PER_THREAD = [1, 4, 8];
/** Target duration of a batch, in ms. It is long compared with the wait for the device. */
const STRETCH = 60;

/** @typedef {(count: number) => Promise<number>} Run */
/** @type {{ size: Size, fma: Run[], copy: Run[] }} */
let kernels;

/** Compiles the kernels, verifies their results, and resolves with the adapter's description. */
export async function prepare(size = SMALL) {
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) throw new Error('No WebGPU adapter is available.');
  const device = await adapter.requestDevice();
  const fma = [];
  for (const chains of CHAINS) fma.push(await fmaKernel(device, chains, size.groups));
  const copy = [];
  for (const vectors of VECTORS_PER_THREAD) {
    const groups = size.copied / BYTES_PER_VECTOR / vectors / WORKGROUP;
    if (groups > device.limits.maxComputeWorkgroupsPerDimension) continue;
    copy.push(await copyKernel(device, vectors, size.copied));
  }
  kernels = { size, fma, copy };
  const { vendor, architecture, device: model, description, isFallbackAdapter } = adapter.info;
  return { vendor, architecture, device: model, description, isFallbackAdapter };
}

/** One measurement: GFLOP/s and GB/s of the best kernels. Bytes read and bytes written both count. */
export async function measure() {
  const { groups, copied } = kernels.size;
  const fma = [];
  for (const [index, run] of kernels.fma.entries()) {
    fma.push((2 * 4 * CHAINS[index] * STEPS * WORKGROUP * groups) / (await time(run)));
  }
  const copy = [];
  for (const run of kernels.copy) copy.push((2 * copied) / (await time(run)));
  return { fmaGflops: Math.max(...fma) / 1e6, copyGBs: Math.max(...copy) / 1e6 };
}

/** Milliseconds of one run out of a batch that is long enough. */
async function time(run) {
  const guess = await run(1);
  const count = Math.max(1, Math.ceil(STRETCH / guess));
  return (await run(count)) / count;
}

/** `x = x * a + b` on four values at a time. */
async function fmaKernel(device, chains, groups) {
  const each = (line) => Array.from({ length: chains }, (_, chain) => line(chain)).join('\n');
  const threads = WORKGROUP * groups;
  const code = `
    @group(0) @binding(0) var<storage, read> factors: array<vec4f>;
    @group(0) @binding(1) var<storage, read_write> output: array<vec4f>;
    @compute @workgroup_size(${WORKGROUP})
    fn main(@builtin(global_invocation_id) id: vec3u) {
      let a = factors[0];
      let b = factors[1];
      ${each((chain) => `var x${chain} = vec4f(f32(id.x % 7u + ${chain}u));`)}
      for (var i = 0u; i < ${STEPS}u; i++) {
        ${each((chain) => `x${chain} = x${chain} * a + b;`)}
      }
      output[id.x] = ${Array.from({ length: chains }, (_, chain) => `x${chain}`).join(' + ')};
    }`;
  const factors = [0.995, 0.996, 0.997, 0.998, 0.004, 0.003, 0.002, 0.001];
  const input = storage(device, 32);
  device.queue.writeBuffer(input, 0, new Float32Array(factors));
  const output = storage(device, 16 * threads);
  const run = await runner(device, code, [input, output], groups);
  await run(1);
  const found = await read(device, output);
  for (const thread of [0, 1, threads - 1]) {
    for (let lane = 0; lane < 4; lane++) {
      let expected = 0;
      for (let chain = 0; chain < chains; chain++) {
        let x = (thread % 7) + chain;
        for (let i = 0; i < STEPS; i++) x = x * factors[lane] + factors[4 + lane];
        expected += x;
      }
      const value = found[4 * thread + lane];
      if (!(Math.abs(value - expected) <= 1e-3 * expected)) {
        throw new Error(`The multiply-add kernel computes ${value} instead of ${expected}.`);
      }
    }
  }
  return run;
}

/** Copies a buffer of `copied` bytes to another. Each thread copies `vectors` vectors of four values. */
async function copyKernel(device, vectors, copied) {
  const threads = copied / BYTES_PER_VECTOR / vectors;
  const lines = Array.from(
    { length: vectors },
    (_, index) => `output[id.x + ${index * threads}u] = input[id.x + ${index * threads}u];`,
  );
  const code = `
    @group(0) @binding(0) var<storage, read> input: array<vec4f>;
    @group(0) @binding(1) var<storage, read_write> output: array<vec4f>;
    @compute @workgroup_size(${WORKGROUP})
    fn main(@builtin(global_invocation_id) id: vec3u) {
      ${lines.join('\n')}
    }`;
  const input = storage(device, copied);
  const output = storage(device, copied);
  const values = new Float32Array(copied / 4).map((_, index) => index);
  device.queue.writeBuffer(input, 0, values);
  const run = await runner(device, code, [input, output], threads / WORKGROUP);
  await run(1);
  const found = await read(device, output);
  if (found.some((value, index) => value !== values[index]))
    throw new Error('The output of the copy kernel differs from its input.');
  return run;
}

/** Resolves with a function that runs a kernel a number of times and measures the milliseconds until completion. */
async function runner(device, code, buffers, groups) {
  const module = device.createShaderModule({ code });
  const pipeline = await device.createComputePipelineAsync({ layout: 'auto', compute: { module } });
  const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
  const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
  return async (count) => {
    const begin = performance.now();
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    for (let i = 0; i < count; i++) pass.dispatchWorkgroups(groups);
    pass.end();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    return performance.now() - begin;
  };
}

function storage(device, size) {
  return device.createBuffer({
    size,
    usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC,
  });
}

async function read(device, buffer) {
  const copy = device.createBuffer({
    size: buffer.size,
    usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
  });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, copy, 0, buffer.size);
  device.queue.submit([encoder.finish()]);
  await copy.mapAsync(GPUMapMode.READ);
  const values = new Float32Array(copy.getMappedRange().slice());
  copy.destroy();
  return values;
}
