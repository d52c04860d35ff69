//! Inferences on the GPU.

mod assignment;
mod place;

use std::collections::HashMap;

use burn::backend::wgpu::{CubeBackend, CubeTensor};
use burn::backend::{BackendTensor, DispatchTensorKind};
use burn::tensor::Tensor;
use cubecl::client::Client;
use cyclorama_segmentation::SegmentationModel;
use cyclorama_segmentation::ops::{Dispatch, record};

use self::assignment::Assignment;
use self::place::Place;
use super::memory::{ModelMemory, Reservation};
use crate::segmenter::failed;
use crate::{ComputeContext, EngineError};

/// A model's inference: its dispatches in order, with their pipelines, buffers and bind groups.
///
/// burn imports the model and holds its weights, which must live as long as the plan. The feature maps are in buffers of the
/// plan. Recording an inference creates no object of the GPU.
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

impl Plan {
    /// Records a model's operators with the current tiling of the device, and compiles their kernels.
    ///
    /// # Errors
    /// [`EngineError::Gpu`] if burn has no buffers for the weights. The device reports invalid kernels.
    pub(crate) fn new(compute: &ComputeContext, model: &SegmentationModel) -> Result<Self, EngineError> {
        let device = compute.device();
        let [height, width] = model.config().input;
        let image = Tensor::<4>::empty([1, height, width, 3], compute.tensors());
        let (probability, dispatches) = record(|| model.forward(image.clone()));
        let [image, probability] = [primitive(image)?, primitive(probability)?];
        let burn = image.client.clone();
        let [image, probability] = [Place::of(&image)?, Place::of(&probability)?];

        let (mut writers, mut operands, mut reads) = (HashMap::new(), Vec::new(), Vec::new());
        for (step, dispatch) in dispatches.iter().enumerate() {
            let places = dispatch.inputs.iter().map(Place::of).collect::<Result<Vec<_>, _>>()?;
            reads.push(places.iter().filter_map(|place| writers.get(place).copied()).collect());
            operands.push(places);
            writers.insert(Place::of(&dispatch.output)?, step);
        }
        let last = writers.get(&probability).copied();
        let last = last.ok_or_else(|| EngineError::Gpu("the model computes no probability".into()))?;
        let results: Vec<_> = dispatches.iter().map(Dispatch::output_bytes).collect();
        let Assignment { buffer_of, sizes } = Assignment::new(&results, &reads, last);

        let buffers: Vec<_> = sizes.iter().map(|bytes| storage(device, "feature maps", *bytes)).collect();
        let input_bytes = (height * width * 3 * size_of::<f32>()) as u64;
        let input = storage(device, "model input", input_bytes);
        let mut pipelines = HashMap::new();
        let mut steps = Vec::new();
        for ((dispatch, places), buffer) in dispatches.into_iter().zip(operands).zip(&buffer_of) {
            let Dispatch { operator, source, workgroups, .. } = dispatch;
            let pipeline =
                pipelines.entry(source).or_insert_with_key(|source| compile(device, operator, source));
            let reads = places.iter().map(|place| match writers.get(place) {
                Some(step) => buffers[buffer_of[*step]].as_entire_binding(),
                None if *place == image => input.as_entire_binding(),
                None => place.binding(),
            });
            let resources = reads.chain([buffers[*buffer].as_entire_binding()]);
            let entries =
                (0..).zip(resources).map(|(binding, resource)| wgpu::BindGroupEntry { binding, resource });
            let resources = device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some(operator),
                layout: &pipeline.get_bind_group_layout(0),
                entries: &entries.collect::<Vec<_>>(),
            });
            steps.push(Step { pipeline: pipeline.clone(), resources, workgroups });
        }
        let output = buffers[buffer_of[last]].clone();
        let reservation = compute.reserve(input_bytes + sizes.iter().sum::<u64>());
        // Uploads the weights, and releases the memory of the recording.
        burn.flush().map_err(failed)?;
        compute.tensors().memory_cleanup();
        Ok(Self { steps, input, output, output_bytes: results[last], burn, _reservation: reservation })
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

    /// Records an inference.
    pub(crate) fn encode(&self, pass: &mut wgpu::ComputePass<'_>) {
        for Step { pipeline, resources, workgroups: [across, down] } in &self.steps {
            pass.set_pipeline(pipeline);
            pass.set_bind_group(0, resources, &[]);
            pass.dispatch_workgroups(*across, *down, 1);
        }
    }
}

/// The tensor of burn's wgpu backend.
fn primitive(tensor: Tensor<4>) -> Result<CubeTensor, EngineError> {
    match tensor.into_dispatch().kind {
        DispatchTensorKind::Cube(BackendTensor::<CubeBackend>::Float(tensor)) => Ok(tensor),
        _ => Err(EngineError::Gpu("a tensor of the GPU model is not on the GPU".into())),
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

fn compile(device: &wgpu::Device, label: &str, source: &str) -> wgpu::ComputePipeline {
    let source =
        wgpu::ShaderModuleDescriptor { label: Some(label), source: wgpu::ShaderSource::Wgsl(source.into()) };
    // SAFETY: An operator's indices are within the sizes of its tensors, which its source declares, and its loops end.
    let module =
        unsafe { device.create_shader_module_trusted(source, wgpu::ShaderRuntimeChecks::unchecked()) };
    device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: Some(label),
        layout: None,
        module: &module,
        entry_point: Some("main"),
        compilation_options: wgpu::PipelineCompilationOptions::default(),
        cache: None,
    })
}
