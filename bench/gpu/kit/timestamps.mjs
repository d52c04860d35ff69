/** GPU timestamps around every compute pass, also of engines that take none themselves. */

/** Timestamps in a query set. */
const COUNT = 4096;

/** @type {WeakMap<GPUCommandEncoder, GPUDevice>} */
const devices = new WeakMap();
/** @type {{ queries: Map<GPUDevice, { set: GPUQuerySet, count: number }> } | undefined} */
let recording;

/**
 * Makes all devices able to take timestamps, if their adapter is. Call it before the first device is made.
 *
 * Costs nothing until {@link passTimes} is called, so that the calls of other measurements stay as they are.
 */
export function enableTimestamps() {
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = function (descriptor = {}) {
    if (!this.features.has('timestamp-query')) return requestDevice.call(this, descriptor);
    const requiredFeatures = new Set([...(descriptor.requiredFeatures ?? []), 'timestamp-query']);
    return requestDevice.call(this, { ...descriptor, requiredFeatures: [...requiredFeatures] });
  };
  const { createCommandEncoder } = GPUDevice.prototype;
  GPUDevice.prototype.createCommandEncoder = function (...args) {
    const encoder = createCommandEncoder.apply(this, args);
    devices.set(encoder, this);
    return encoder;
  };
  const { beginComputePass } = GPUCommandEncoder.prototype;
  GPUCommandEncoder.prototype.beginComputePass = function (descriptor = {}) {
    if (!recording) return beginComputePass.call(this, descriptor);
    return beginComputePass.call(this, { ...descriptor, timestampWrites: nextWrites(devices.get(this)) });
  };
}

function nextWrites(device) {
  let queries = recording.queries.get(device);
  if (!queries) {
    queries = { set: device.createQuerySet({ type: 'timestamp', count: COUNT }), count: 0 };
    recording.queries.set(device, queries);
  }
  const at = queries.count;
  queries.count += 2;
  if (queries.count > COUNT) throw new Error(`One recording has more than ${COUNT / 2} passes.`);
  return { querySet: queries.set, beginningOfPassWriteIndex: at, endOfPassWriteIndex: at + 1 };
}

/**
 * The sum of the durations of all compute passes that an action submits, in milliseconds. The gaps between passes are not
 * in it. Resolves with `undefined` if the adapter has no timestamps.
 *
 * @param {GPUAdapter} adapter
 * @param {() => Promise<unknown>} action
 */
export async function passTimes(adapter, action) {
  if (!adapter.features.has('timestamp-query')) return undefined;
  recording = { queries: new Map() };
  const { queries } = recording;
  try {
    await action();
  } finally {
    recording = undefined;
  }
  let sum = 0;
  for (const [device, { set, count }] of queries) {
    const times = await resolveTimes(device, set, count);
    for (let i = 0; i < times.length; i += 2) sum += Number(times[i + 1] - times[i]);
    set.destroy();
  }
  return sum / 1e6;
}

/** @returns {Promise<BigUint64Array>} in nanoseconds. */
async function resolveTimes(device, set, count) {
  const size = 8 * count;
  const { QUERY_RESOLVE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
  const resolved = device.createBuffer({ size, usage: QUERY_RESOLVE | COPY_SRC });
  const readable = device.createBuffer({ size, usage: COPY_DST | MAP_READ });
  const encoder = device.createCommandEncoder();
  encoder.resolveQuerySet(set, 0, count, resolved, 0);
  encoder.copyBufferToBuffer(resolved, 0, readable, 0, size);
  device.queue.submit([encoder.finish()]);
  await readable.mapAsync(GPUMapMode.READ);
  const times = new BigUint64Array(readable.getMappedRange().slice(0));
  resolved.destroy();
  readable.destroy();
  return times;
}
