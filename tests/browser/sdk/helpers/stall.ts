/** The stages that are GPU passes. `import` is one for a video frame that stays on the GPU. */
export const GPU_STAGES = ['import', 'preprocess', 'inference', 'refine', 'composite'] as const;
export type GpuStage = (typeof GPU_STAGES)[number];

/** The pass of each stage that is stalled, by its label. */
const LABELS: Record<GpuStage, string> = {
  import: 'import',
  preprocess: 'preprocess',
  inference: 'inference',
  refine: 'mask_check',
  composite: 'composite',
};

/** The formats of the render passes' targets. */
const FORMATS: Partial<Record<GpuStage, GPUTextureFormat>> = {
  import: 'rgba8unorm',
  composite: navigator.gpu.getPreferredCanvasFormat(),
};

/** `GPUBufferUsage.STORAGE` and `GPUTextureUsage.RENDER_ATTACHMENT`. */
const STORAGE = 0x80;
const RENDER_ATTACHMENT = 0x10;

const SHADER = `
override iterations = 1u;

fn stall() -> f32 {
    var value = 0.5;
    for (var i = 0u; i < iterations; i++) {
        value = fract(value * 1.37 + 0.11);
    }
    return value;
}

@group(0) @binding(0) var<storage, read_write> result: f32;

@compute @workgroup_size(1)
fn compute() {
    result = stall();
}

@vertex
fn corner() -> @builtin(position) vec4f {
    return vec4f(-1.0 + stall() * 1e-6, -1.0, 0.0, 1.0);
}

@fragment
fn black() -> @location(0) vec4f {
    return vec4f();
}`;

/** Stalls one stage after another, on the device of an engine. */
export interface Staller {
  /** The stage whose pass takes longer from now on. */
  stage: GpuStage | undefined;
  /** Restores the browser's own functions. */
  close(): void;
}

/** Wraps the passes of all devices. Those of `device` are stalled for about `milliseconds`, as measured here. */
export async function openStaller(device: GPUDevice, milliseconds: number): Promise<Staller> {
  const module = device.createShaderModule({ code: SHADER });
  const buffer = device.createBuffer({ size: 4, usage: STORAGE });
  const computing = (iterations: number) => {
    const pipeline = device.createComputePipeline({
      layout: 'auto',
      compute: { module, entryPoint: 'compute', constants: { iterations } },
    });
    const layout = pipeline.getBindGroupLayout(0);
    const group = device.createBindGroup({ layout, entries: [{ binding: 0, resource: { buffer } }] });
    return (pass: GPUComputePassEncoder) => {
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(1);
    };
  };
  const rendering = (iterations: number, format: GPUTextureFormat) => {
    const pipeline = device.createRenderPipeline({
      layout: 'auto',
      vertex: { module, entryPoint: 'corner', constants: { iterations } },
      primitive: { topology: 'point-list' },
      fragment: { module, entryPoint: 'black', targets: [{ format }] },
    });
    return (pass: GPURenderPassEncoder) => {
      pass.setPipeline(pipeline);
      pass.draw(1);
    };
  };

  const { beginComputePass, beginRenderPass } = GPUCommandEncoder.prototype;
  const target = device.createTexture({
    size: [1, 1],
    format: 'rgba8unorm',
    usage: RENDER_ATTACHMENT,
  });
  const computeIterations = await calibrate(device, milliseconds, (iterations) => {
    const stall = computing(iterations);
    return (encoder) => {
      const pass = beginComputePass.call(encoder);
      stall(pass);
      pass.end();
    };
  });
  const renderIterations = await calibrate(device, milliseconds, (iterations) => {
    const stall = rendering(iterations, 'rgba8unorm');
    return (encoder) => {
      const view = target.createView();
      const pass = beginRenderPass.call(encoder, {
        colorAttachments: [{ view, loadOp: 'clear', storeOp: 'store' }],
      });
      stall(pass);
      pass.end();
    };
  });
  const inComputePass = computing(computeIterations);
  const inRenderPass = new Map(
    Object.values(FORMATS).map((format) => [format, rendering(renderIterations, format)]),
  );

  const staller: Staller = {
    stage: undefined,
    close: () => {
      Object.assign(GPUCommandEncoder.prototype, { beginComputePass, beginRenderPass });
    },
  };
  const isStalled = ({ label = '' }: GPUObjectDescriptorBase) =>
    staller.stage !== undefined && LABELS[staller.stage] === label;
  GPUCommandEncoder.prototype.beginComputePass = function (descriptor = {}) {
    const pass = beginComputePass.call(this, descriptor);
    if (isStalled(descriptor)) inComputePass(pass);
    return pass;
  };
  GPUCommandEncoder.prototype.beginRenderPass = function (descriptor) {
    const pass = beginRenderPass.call(this, descriptor);
    if (isStalled(descriptor)) inRenderPass.get(FORMATS[staller.stage as GpuStage] ?? 'rgba8unorm')?.(pass);
    return pass;
  };
  return staller;
}

/**
 * How many iterations take the GPU this long, independent of the machine's other work. The minimum of a few submissions counts,
 * because the first one compiles the shader and other work makes some longer.
 */
async function calibrate(
  device: GPUDevice,
  milliseconds: number,
  stallOf: (iterations: number) => (encoder: GPUCommandEncoder) => void,
): Promise<number> {
  for (let iterations = 1 << 16; ; iterations *= 2) {
    const stall = stallOf(iterations);
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 4; i += 1) {
      const encoder = device.createCommandEncoder();
      stall(encoder);
      const commands = encoder.finish();
      await device.queue.onSubmittedWorkDone();
      const start = performance.now();
      device.queue.submit([commands]);
      await device.queue.onSubmittedWorkDone();
      least = Math.min(least, performance.now() - start);
      if (least < milliseconds) break;
    }
    if (least >= milliseconds) return iterations;
  }
}
