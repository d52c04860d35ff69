/** Counts what a script asks of WebGPU. */

/**
 * @typedef {object} Calls
 * @property {number} calls of methods of WebGPU objects. Reads of properties are not counted.
 * @property {number} jsObjects WebGPU objects that these calls returned: encoders, passes, command buffers, bind groups,
 *   buffers, textures, views. Descriptors, promises and arrays are not counted.
 * @property {number} submissions calls of `GPUQueue.submit`.
 * @property {number} passes compute and render passes.
 * @property {number} dispatches
 * @property {number[]} dispatchesBetweenWaits dispatches before each call of `GPUQueue.onSubmittedWorkDone`, since the one before.
 */

/**
 * Counts the calls during an action, by wrapping all methods of the WebGPU classes for as long as it runs.
 *
 * @param {() => Promise<unknown>} action
 * @param {Function[]} more further classes that count as WebGPU's.
 * @returns {Promise<Calls>}
 */
export async function countCalls(action, more = []) {
  const classes = [...webGpuClasses(), ...more];
  const counts = { calls: 0, jsObjects: 0, submissions: 0, passes: 0, dispatches: 0 };
  const dispatchesBetweenWaits = [];
  let counted = 0;
  const special = {
    submit: 'submissions',
    beginComputePass: 'passes',
    beginRenderPass: 'passes',
    dispatchWorkgroups: 'dispatches',
    dispatchWorkgroupsIndirect: 'dispatches',
  };
  const restore = classes.flatMap(({ prototype }) =>
    methodsOf(prototype).map((name) => {
      const original = prototype[name];
      prototype[name] = function (...args) {
        counts.calls += 1;
        if (name in special) counts[special[name]] += 1;
        if (name === 'onSubmittedWorkDone') {
          dispatchesBetweenWaits.push(counts.dispatches - counted);
          counted = counts.dispatches;
        }
        const result = original.apply(this, args);
        if (classes.some((type) => result instanceof type)) counts.jsObjects += 1;
        return result;
      };
      return () => {
        prototype[name] = original;
      };
    }),
  );
  try {
    await action();
  } finally {
    for (const each of restore) each();
  }
  return { ...counts, dispatchesBetweenWaits };
}

const webGpuClasses = () =>
  Object.getOwnPropertyNames(globalThis)
    .filter((name) => /^GPU[A-Z]/.test(name) && typeof globalThis[name] === 'function')
    .map((name) => globalThis[name])
    .filter(({ prototype }) => prototype);

/** The sets of features and limits are constant, and reads of them are no calls of the device. */
const methodsOf = (prototype) =>
  Object.entries(Object.getOwnPropertyDescriptors(prototype))
    .filter(
      ([name, { value, writable }]) => name !== 'constructor' && writable && typeof value === 'function',
    )
    .map(([name]) => name);
