/**
 * Runs before all other scripts of a page. Always counts created pipelines, because creation is far more expensive than
 * counting. Counts all other WebGPU calls only within `counters.during(action)`.
 */
(() => {
  /** Type, method and counter of each watched call, and the amount that it adds. */
  const watched = [
    [GPUComputePassEncoder, 'dispatchWorkgroups', 'dispatches'],
    [GPUComputePassEncoder, 'dispatchWorkgroupsIndirect', 'dispatches'],
    [GPUCommandEncoder, 'beginComputePass', 'passes'],
    [GPUQueue, 'submit', 'submissions'],
    [GPUBuffer, 'mapAsync', 'readbackBytes', mappedForReading],
  ];

  function mappedForReading(buffer, [mode, offset = 0, size = buffer.size - offset]) {
    return mode === GPUMapMode.READ ? size : 0;
  }

  /** Calls `note` before each call of a method. Returns a function that restores the method. */
  function watch(type, name, note) {
    const original = type.prototype[name];
    type.prototype[name] = function (...args) {
      note(this, args);
      return original.apply(this, args);
    };
    return () => {
      type.prototype[name] = original;
    };
  }

  let pipelines = 0;
  for (const name of ['createComputePipeline', 'createComputePipelineAsync']) {
    watch(GPUDevice, name, () => {
      pipelines += 1;
    });
  }

  globalThis.counters = {
    /** Compute pipelines created so far. */
    pipelines: () => pipelines,

    async during(action) {
      const counts = { dispatches: 0, passes: 0, submissions: 0, readbackBytes: 0 };
      const ends = watched.map(([type, name, counter, amount = () => 1]) =>
        watch(type, name, (self, args) => {
          counts[counter] += amount(self, args);
        }),
      );
      try {
        await action();
      } finally {
        for (const end of ends) end();
      }
      return counts;
    },
  };
})();
