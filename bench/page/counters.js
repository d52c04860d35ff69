/**
 * Runs in a page before anything else. `counters.during(action)` counts the calls to WebGPU that an action makes; the
 * browser's own functions are in place at all other times.
 */
(() => {
  const zero = () => ({ dispatches: 0, passes: 0, submissions: 0, pipelines: 0, readbackBytes: 0 });
  /** What a call adds to, by type and method, and how much. */
  const watched = [
    [GPUComputePassEncoder, 'dispatchWorkgroups', 'dispatches'],
    [GPUComputePassEncoder, 'dispatchWorkgroupsIndirect', 'dispatches'],
    [GPUCommandEncoder, 'beginComputePass', 'passes'],
    [GPUQueue, 'submit', 'submissions'],
    [GPUDevice, 'createComputePipeline', 'pipelines'],
    [GPUDevice, 'createComputePipelineAsync', 'pipelines'],
    [GPUBuffer, 'mapAsync', 'readbackBytes', mappedForReading],
  ];

  function mappedForReading(buffer, [mode, offset = 0, size = buffer.size - offset]) {
    return mode === GPUMapMode.READ ? size : 0;
  }

  globalThis.counters = {
    async during(action) {
      const counts = zero();
      const originals = watched.map(([type, name]) => type.prototype[name]);
      for (const [index, [type, name, counter, amount]] of watched.entries()) {
        type.prototype[name] = function (...args) {
          counts[counter] += amount ? amount(this, args) : 1;
          return originals[index].apply(this, args);
        };
      }
      try {
        await action();
      } finally {
        for (const [index, [type, name]] of watched.entries()) type.prototype[name] = originals[index];
      }
      return counts;
    },
  };
})();
