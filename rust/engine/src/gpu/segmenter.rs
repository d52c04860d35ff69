use std::sync::Arc;

use cyclorama_segmentation::{SegmentationModel, import_with};

use super::memory::ModelMemory;
use super::plan::Plan;
use super::tuning::tune;
use crate::{ComputeContext, EngineError, Segmenter};

/// A model on the GPU whose input and output are buffers for the image passes.
pub struct GpuSegmenter {
    segmenter: Segmenter,
    inference: GpuInference,
}

impl GpuSegmenter {
    /// Imports and compiles a model, and runs it once. The first model on a device also selects the tiling.
    pub(crate) async fn new(file: &[u8], compute: &ComputeContext) -> Result<Self, EngineError> {
        let (model, errors) =
            compute.in_error_scope(|| import_with(file, compute.tensors(), compute.precision()));
        let model = model?;
        errors.await?;
        let inference = GpuInference::new(compute, &model).await?;
        Ok(Self { segmenter: Segmenter::on_gpu(model, inference.clone()), inference })
    }

    pub(crate) fn plan(&self) -> &Plan {
        &self.inference.plan
    }

    /// A handle that reports the memory of all models on the device.
    pub(crate) fn memory(&self) -> ModelMemory {
        self.plan().memory(&self.inference.compute)
    }
}

impl AsRef<Segmenter> for GpuSegmenter {
    fn as_ref(&self) -> &Segmenter {
        &self.segmenter
    }
}

impl From<GpuSegmenter> for Segmenter {
    fn from(model: GpuSegmenter) -> Self {
        model.segmenter
    }
}

/// A compiled inference with its device.
#[derive(Clone)]
pub(crate) struct GpuInference {
    compute: ComputeContext,
    plan: Arc<Plan>,
}

impl GpuInference {
    async fn new(compute: &ComputeContext, model: &SegmentationModel) -> Result<Self, EngineError> {
        let infer = |plan: &Plan| submit(compute, plan);
        let plan = tune(compute, async || Plan::new(compute, model).await, infer).await?;
        Ok(Self { compute: compute.clone(), plan: Arc::new(plan) })
    }

    pub(crate) fn compute(&self) -> &ComputeContext {
        &self.compute
    }

    /// Returns the probability for `image`, RGB values of the model's input. Reads back.
    pub(crate) async fn probability(&self, image: &[f32]) -> Result<Vec<f32>, EngineError> {
        let Self { compute, plan } = self;
        let since = compute.generation();
        self.upload(image);
        let read = compute.device().create_buffer(&wgpu::BufferDescriptor {
            label: Some("probability"),
            size: plan.output_bytes(),
            usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let mut encoder = compute.encoder("inference");
        plan.encode(&mut encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default()));
        encoder.copy_buffer_to_buffer(plan.output(), 0, &read, 0, plan.output_bytes());
        compute.queue().submit([encoder.finish()]);
        let bytes = compute.read("the probability", &read).await;
        compute.check(since)?;
        Ok(bytes?.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
    }

    /// Runs `count` inferences on the input buffer, and waits until the last is completed.
    pub(crate) async fn repeat(&self, count: u32) -> Result<(), EngineError> {
        let since = self.compute.generation();
        (0..count).for_each(|_| submit(&self.compute, &self.plan));
        self.compute.completed().await;
        self.compute.check(since)
    }

    /// Uploads the input of the next inferences.
    pub(crate) fn upload(&self, image: &[f32]) {
        self.compute.queue().write_buffer(self.plan.input(), 0, bytemuck::cast_slice(image));
    }
}

/// Submits an inference on the input buffer.
fn submit(compute: &ComputeContext, plan: &Plan) {
    let mut encoder = compute.encoder("inference");
    plan.encode(&mut encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default()));
    compute.queue().submit([encoder.finish()]);
}

#[cfg(test)]
mod tests {
    use cyclorama_segmentation::ops::Tiling;
    use cyclorama_testing::{MEET_MODELS, MODELS, model, needs_gpu};

    use super::GpuSegmenter;
    use crate::{Backend, ComputeContext, Segmenter};

    /// Checks that recorded models agree with the CPU for each tiling.
    fn agree(models: &[&str]) {
        needs_gpu();
        pollster::block_on(async {
            for name in models {
                let file = model(name);
                let on_cpu = Segmenter::new(&file, Backend::Cpu).await.expect("a supported model");
                let [height, width] = on_cpu.config().input;
                // Sums over parts of such an image differ from part to part.
                let image: Vec<_> =
                    (0..height * width * 3).map(|i| (i * 7919 % 1009) as f32 / 1009.0).collect();
                let expected = on_cpu.probability(image.clone()).await.expect("a mask");
                for tiling in [Tiling::Small, Tiling::Medium, Tiling::Large] {
                    let compute = ComputeContext::request().await.expect("an adapter");
                    compute.set_tiling(tiling);
                    let on_gpu = Segmenter::from(GpuSegmenter::new(&file, &compute).await.expect("a plan"));
                    let found = on_gpu.probability(image.clone()).await.expect("a mask");
                    let difference =
                        found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                    assert!(difference < 1e-4, "{name}, {tiling:?}: off by {difference}");
                }
            }
        });
    }

    #[test]
    fn recorded_models_agree_with_the_cpu_for_each_tiling_on_gpu() {
        agree(&MODELS);
    }

    #[test]
    fn recorded_models_agree_with_the_cpu_for_each_tiling_for_meet_on_gpu() {
        agree(&MEET_MODELS);
    }
}
