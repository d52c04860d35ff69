/**
 * Runs before all other scripts of a page. `recorder.record(action)` resolves with every compute dispatch of the action and
 * everything that replay.js needs to repeat it.
 *
 * @typedef {object} Dispatch
 * @property {GPUDevice} device
 * @property {GPUComputePipeline} pipeline
 * @property {string} code WGSL of the pipeline's shader.
 * @property {{ group: GPUBindGroup, offsets: number[] | undefined }[]} groups by index.
 * @property {number[]} workgroups
 */
(() => {
  const codes = new WeakMap();
  const pipelines = new WeakMap();
  const passes = new WeakMap();
  /** @type {Dispatch[] | undefined} */
  let tape;

  /** Calls `after(result, self, args)` after each call of a method. */
  function observe(type, name, after) {
    const original = type.prototype[name];
    type.prototype[name] = function (...args) {
      const result = original.apply(this, args);
      after(result, this, args);
      return result;
    };
  }

  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = function (descriptor = {}) {
    const features = new Set(descriptor.requiredFeatures);
    if (this.features.has('timestamp-query')) features.add('timestamp-query');
    return requestDevice.call(this, { ...descriptor, requiredFeatures: [...features] });
  };

  observe(GPUDevice, 'createShaderModule', (module, _, [{ code }]) => codes.set(module, code));
  const keep = (pipeline, device, { compute }) =>
    pipelines.set(pipeline, { device, code: codes.get(compute.module) });
  observe(GPUDevice, 'createComputePipeline', (pipeline, device, [descriptor]) =>
    keep(pipeline, device, descriptor),
  );
  observe(GPUDevice, 'createComputePipelineAsync', (made, device, [descriptor]) =>
    made.then(
      (pipeline) => keep(pipeline, device, descriptor),
      () => {},
    ),
  );
  observe(GPUCommandEncoder, 'beginComputePass', (pass) => passes.set(pass, { groups: [] }));
  observe(GPUComputePassEncoder, 'setPipeline', (_, pass, [pipeline]) => {
    passes.get(pass).pipeline = pipeline;
  });
  observe(GPUComputePassEncoder, 'setBindGroup', (_, pass, [index, group, offsets, start, length]) => {
    const taken = length === undefined ? offsets : offsets.subarray(start, start + length);
    passes.get(pass).groups[index] = { group, offsets: taken && [...taken] };
  });
  observe(GPUComputePassEncoder, 'dispatchWorkgroups', (_, pass, workgroups) => {
    const { pipeline, groups } = passes.get(pass);
    tape?.push({ ...pipelines.get(pipeline), pipeline, groups: [...groups], workgroups });
  });
  observe(GPUComputePassEncoder, 'dispatchWorkgroupsIndirect', () => {
    if (tape) throw new Error('The recorder does not support indirect dispatches.');
  });

  globalThis.recorder = {
    async record(action) {
      tape = [];
      try {
        await action();
        return tape;
      } finally {
        tape = undefined;
      }
    },
  };
})();
