use std::time::Duration;

use cyclorama_effects::{self as effects, Matte, Matting, MattingOptions, Preprocess, Size};

use super::frame_encoder::FrameEncoder;
use super::memory::ModelMemory;
use super::segmenter::GpuSegmenter;
use super::timestamps::Stage;
use crate::{Clock, ComputeContext, Engine, EngineError, GpuContext, MaskCheck, PreparedModel, Segmentation};

/// Segments on the GPU. A frame on the GPU stays there, and nothing is read back.
pub struct OnGpu {
    compute: ComputeContext,
    segmenter: GpuSegmenter,
    preprocess: Preprocess,
    matting: Matting,
}

impl Segmentation for OnGpu {
    type Model = GpuSegmenter;
    type Frame = wgpu::Texture;

    fn model(&self) -> &GpuSegmenter {
        &self.segmenter
    }

    fn set_model(&mut self, model: GpuSegmenter) {
        self.segmenter = model;
    }

    fn set_matting(&mut self, options: MattingOptions) {
        self.matting.set_options(options);
    }

    fn reset(&mut self) {
        self.matting.reset();
    }

    fn size(frame: &wgpu::Texture) -> Size {
        Size { width: frame.width(), height: frame.height() }
    }

    fn texture(&mut self, _gpu: &GpuContext, frame: &wgpu::Texture) -> Result<wgpu::Texture, EngineError> {
        Ok(frame.clone())
    }

    async fn segment(
        &mut self,
        encoder: &mut FrameEncoder,
        frame: &wgpu::Texture,
        since: Option<Duration>,
        clock: Clock,
    ) -> Result<Matte, EngineError> {
        let Self { segmenter, preprocess, matting, .. } = self;
        let (plan, size) = (segmenter.plan(), segmenter.as_ref().size());
        let input = plan.input().as_entire_buffer_binding();

        preprocess.encode(encoder.stage(Stage::Preprocess), frame, &input, size)?;
        encoder.end_stage(clock, |times| &mut times.preprocess).await;

        plan.encode(&mut encoder.stage(Stage::Inference).last().compute("inference"));
        encoder.end_stage(clock, |times| &mut times.inference).await;

        let probability = plan.output().as_entire_buffer_binding();
        let segmentation = effects::Segmentation { guide: input, probability, size };
        let matte = matting.encode(encoder.stage(Stage::Refine), frame, &segmentation, since)?;
        encoder.end_stage(clock, |times| &mut times.refine).await;
        Ok(matte)
    }
}

impl Engine<OnGpu> {
    /// Imports the bytes of a `.tflite` file, compiles its kernels and runs the model once. The pipelines of an effect are
    /// compiled when it is set.
    ///
    /// `output` is the format of the textures that frames are written to.
    ///
    /// # Errors
    /// [`EngineError::Model`] for a file that is not a supported model, [`EngineError::Gpu`] if the GPU cannot run it.
    pub async fn on_gpu(
        compute: ComputeContext,
        model: &[u8],
        output: wgpu::TextureFormat,
    ) -> Result<Self, EngineError> {
        let segmenter = GpuSegmenter::new(model, &compute).await?;
        let preprocess = Preprocess::new(compute.device());
        let matting = Matting::new(compute.device(), compute.queue());
        Self::new((*compute).clone(), OnGpu { compute, segmenter, preprocess, matting }, output)
    }

    /// The device on which all stages run.
    pub fn compute_context(&self) -> &ComputeContext {
        &self.segmentation.compute
    }

    /// A handle that reports the status of masks. It is usable while frames run, and stays valid across models.
    pub fn mask_check(&self) -> MaskCheck {
        MaskCheck::new(self.gpu_context().clone(), self.segmentation.matting.status_buffer().clone())
    }

    /// A handle that reports the memory of all models on this GPU. It stays valid across models.
    pub fn model_memory(&self) -> ModelMemory {
        self.segmentation.segmenter.memory()
    }
}

impl PreparedModel<OnGpu> {
    /// Prepares another model for [`Engine::set_model`]. Until that call, frames use the current model.
    ///
    /// # Errors
    /// [`EngineError::Model`] for a file that is not a supported model, [`EngineError::Gpu`] if the GPU cannot run it.
    pub async fn on_gpu(compute: &ComputeContext, model: &[u8]) -> Result<Self, EngineError> {
        Ok(Self(GpuSegmenter::new(model, compute).await?))
    }
}
