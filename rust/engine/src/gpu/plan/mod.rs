//! Inferences on the GPU.

mod assignment;
mod place;
mod recording;

use std::collections::HashMap;

use cubecl::client::Client;
use cyclorama_segmentation::SegmentationModel;

use self::recording::{Operand, Recording};
use super::memory::{ModelMemory, Reservation};
use crate::segmenter::failed;
use crate::{ComputeContext, EngineError};

/// A model's inference: its dispatches in order, with their pipelines, buffers and bind groups.
///
/// burn imports the model and holds its weights, which must live as long as the plan. The feature maps are in buffers of the
/// plan. Encoding an inference creates no object of the GPU.
pub(crate) struct Plan {
    steps: Vec<Step>,
    input: wgpu::Buffer,
    output: wgpu::Buffer,
    output_bytes: u64,
    burn: Client,
    _reservation: Reservation,
}

struct Step {
    pipeline: wgpu::ComputePipeline,
    resources: wgpu::BindGroup,
    workgroups: [u32; 2],
}

/// What a pipeline depends on.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Kernel {
    operator: &'static str,
    /// WGSL with the entry point `main`.
    source: String,
    /// The number of buffers that it reads: bindings 0, 1, and so on.
    inputs: u32,
    /// The number of buffers that it fills: the next bindings.
    outputs: u32,
}

impl Plan {
    /// Records a model's operators with the current tiling of the device, and compiles their kernels.
    ///
    /// # Errors
    /// [`EngineError::DeviceLost`] and [`EngineError::Gpu`] if the GPU cannot run a kernel.
    pub(crate) async fn new(
        compute: &ComputeContext,
        model: &SegmentationModel,
    ) -> Result<Self, EngineError> {
        let (plan, errors) = compute.in_error_scope(|| Self::of(compute, Recording::new(compute, model)?));
        let plan = plan?;
        errors.await?;
        Ok(plan)
    }

    fn of(compute: &ComputeContext, recording: Recording) -> Result<Self, EngineError> {
        let device = compute.device();
        let Recording { dispatches, buffer_sizes, input_bytes, output, output_bytes, burn } = recording;
        let input = storage(device, "model input", input_bytes);
        let buffers: Vec<_> =
            buffer_sizes.iter().map(|bytes| storage(device, "feature maps", *bytes)).collect();
        let (mut layouts, mut pipelines) = (HashMap::new(), HashMap::new());
        let mut steps = Vec::new();
        for dispatch in &dispatches {
            let kernel = &dispatch.kernel;
            let bindings = [kernel.inputs, kernel.outputs];
            let layout = &*layouts.entry(bindings).or_insert_with(|| layout(device, bindings));
            let pipeline = pipelines.entry(kernel).or_insert_with(|| compile(device, layout, kernel));
            let resource = |operand| match operand {
                &Operand::Image => input.as_entire_binding(),
                &Operand::Map(buffer) => buffers[buffer].as_entire_binding(),
                Operand::Weight(place) => place.binding(),
            };
            let outputs = dispatch.outputs.iter().map(|buffer| buffers[*buffer].as_entire_binding());
            let operands = dispatch.inputs.iter().map(resource).chain(outputs);
            let entries: Vec<_> = (0..)
                .zip(operands)
                .map(|(binding, resource)| wgpu::BindGroupEntry { binding, resource })
                .collect();
            let resources = device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some(kernel.operator),
                layout,
                entries: &entries,
            });
            steps.push(Step { pipeline: pipeline.clone(), resources, workgroups: dispatch.workgroups });
        }
        // Uploads the weights, and releases the memory of the recording.
        burn.flush().map_err(failed)?;
        compute.tensors().memory_cleanup();
        Ok(Self {
            steps,
            input,
            output: buffers[output].clone(),
            output_bytes,
            burn,
            _reservation: compute.reserve(input_bytes + buffer_sizes.iter().sum::<u64>()),
        })
    }

    /// The buffer of the input, f32 `[1, H, W, 3]`.
    pub(crate) fn input(&self) -> &wgpu::Buffer {
        &self.input
    }

    /// The buffer that begins with the probability, f32 `[1, H, W, 1]`.
    pub(crate) fn output(&self) -> &wgpu::Buffer {
        &self.output
    }

    /// Bytes of the probability.
    pub(crate) fn output_bytes(&self) -> u64 {
        self.output_bytes
    }

    /// A handle that reports the memory of all models.
    pub(crate) fn memory(&self, compute: &ComputeContext) -> ModelMemory {
        ModelMemory::new(self.burn.clone(), compute)
    }

    /// Encodes an inference.
    pub(crate) fn encode(&self, pass: &mut wgpu::ComputePass<'_>) {
        for Step { pipeline, resources, workgroups: [across, down] } in &self.steps {
            pass.set_pipeline(pipeline);
            pass.set_bind_group(0, resources, &[]);
            pass.dispatch_workgroups(*across, *down, 1);
        }
    }
}

fn storage(device: &wgpu::Device, label: &str, bytes: u64) -> wgpu::Buffer {
    device.create_buffer(&wgpu::BufferDescriptor {
        label: Some(label),
        size: bytes,
        usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}

/// The bindings of a kernel that reads `inputs` buffers and fills the next `outputs` ones.
fn layout(device: &wgpu::Device, [inputs, outputs]: [u32; 2]) -> wgpu::BindGroupLayout {
    let entries: Vec<_> = (0..inputs + outputs)
        .map(|binding| wgpu::BindGroupLayoutEntry {
            binding,
            visibility: wgpu::ShaderStages::COMPUTE,
            ty: wgpu::BindingType::Buffer {
                ty: wgpu::BufferBindingType::Storage { read_only: binding < inputs },
                has_dynamic_offset: false,
                min_binding_size: None,
            },
            count: None,
        })
        .collect();
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: None, entries: &entries })
}

fn compile(device: &wgpu::Device, layout: &wgpu::BindGroupLayout, kernel: &Kernel) -> wgpu::ComputePipeline {
    let label = Some(kernel.operator);
    let source =
        wgpu::ShaderModuleDescriptor { label, source: wgpu::ShaderSource::Wgsl((&kernel.source).into()) };
    // SAFETY: An operator's indices are within the sizes of its tensors, which its source declares, and its loops end.
    let module =
        unsafe { device.create_shader_module_trusted(source, wgpu::ShaderRuntimeChecks::unchecked()) };
    let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label,
        bind_group_layouts: &[Some(layout)],
        immediate_size: 0,
    });
    device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label,
        layout: Some(&layout),
        module: &module,
        entry_point: Some("main"),
        compilation_options: wgpu::PipelineCompilationOptions::default(),
        cache: None,
    })
}
