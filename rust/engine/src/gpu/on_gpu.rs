use std::time::Duration;

use cyclorama_effects::{self as effects, Matting, MattingOptions, Preprocess};

use super::engine::{no_matte, size_of};
use super::frame_encoder::{FrameEncoder, StageTime};
use super::memory::ModelMemory;
use super::segmenter::GpuSegmenter;
use super::timestamps::Stage;
use crate::{
    Clock, ComputeContext, Engine, EngineError, FrameTime, MaskCheck, PreparedModel, Segmentation, Segmented,
    StageTimings,
};

/// Segments on the GPU. A frame on the GPU stays there, and nothing is read back.
pub struct OnGpu {
    compute: ComputeContext,
    segmenter: GpuSegmenter,
    preprocess: Preprocess,
    matting: Matting,
}

impl Segmentation for OnGpu {
    type Model = GpuSegmenter;

    fn model(&self) -> &GpuSegmenter {
        &self.segmenter
    }

    fn set_model(&mut self, model: GpuSegmenter) {
        self.segmenter = model;
        self.matting.reset();
    }

    fn set_matting(&mut self, options: MattingOptions) {
        self.matting.set_options(options);
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

    /// Segments `frame` and makes its matte. The submission of [`Engine::composite`] runs this. With [`Clock::Completed`]
    /// each stage is an awaited submission of its own.
    ///
    /// `since` is the time since the frame of the last call, if this frame continues it, as in a video. Then temporal
    /// smoothing uses the mask of that frame. It does not after `None`, after more than a second and after another model.
    ///
    /// # Errors
    /// [`EngineError::DeviceLost`] and [`EngineError::Gpu`] for what the GPU reported since the last frame,
    /// [`EngineError::Effect`] for a frame of unusable size.
    pub async fn segment(
        &mut self,
        frame: &wgpu::Texture,
        since: Option<Duration>,
        clock: Clock,
    ) -> Result<Segmented, EngineError> {
        self.check()?;
        let (number, mut timestamps) = self.start_segmentation();
        let mut encoder = FrameEncoder::new(self.gpu_context(), clock);
        let OnGpu { segmenter, preprocess, matting, .. } = &mut self.segmentation;
        let (plan, size) = (segmenter.plan(), segmenter.as_ref().size());
        let input = plan.input().as_entire_buffer_binding();

        preprocess.encode(encoder.stage(Stage::Preprocess, &mut timestamps), frame, &input, size)?;
        let preprocessed = encoder.end_stage().await;

        plan.encode(&mut encoder.stage(Stage::Inference, &mut timestamps).last().compute("inference"));
        let inferred = encoder.end_stage().await;

        let probability = plan.output().as_entire_buffer_binding();
        let segmentation = effects::Segmentation { guide: input, probability, size };
        let matte =
            matting.encode(encoder.stage(Stage::Refine, &mut timestamps), frame, &segmentation, since)?;
        let refined = encoder.end_stage().await;
        self.check()?;
        let timings = |time: fn(&StageTime) -> Duration| StageTimings {
            preprocess: time(&preprocessed),
            inference: time(&inferred),
            refine: time(&refined),
            composite: Duration::ZERO,
        };
        let cpu = timings(|time| time.cpu);
        let completed = (clock == Clock::Completed).then(|| timings(|time| time.completed));
        Ok(Segmented {
            frame: frame.clone(),
            number,
            matte,
            has_own_mask: false,
            encoder: Some(encoder.finish()),
            timestamps,
            cpu,
            completed,
        })
    }

    /// Segments `frame` as [`Engine::segment`] does, and computes the time since the last frame from `time`.
    ///
    /// # Errors
    /// Those of [`Engine::segment`].
    pub async fn segment_at(
        &mut self,
        frame: &wgpu::Texture,
        time: FrameTime,
        clock: Clock,
    ) -> Result<Segmented, EngineError> {
        let size = size_of(frame);
        let segmented = self.segment(frame, self.history.since(time, size), clock).await?;
        self.history.note_segmented(time, size);
        Ok(segmented)
    }

    /// Joins another frame with the last matte that was shown, `age` after the matte's own frame. Use it to segment only
    /// some of the frames.
    ///
    /// # Errors
    /// [`EngineError::Matte`] if the current model made no matte for a frame of this size, or if the matte is older than
    /// [`MAX_MATTE_AGE`](crate::MAX_MATTE_AGE); what the GPU reported since the last frame.
    pub fn reuse_matte(&mut self, frame: &wgpu::Texture, age: Duration) -> Result<Segmented, EngineError> {
        self.check()?;
        let matte = self.history.matte_for(size_of(frame), age)?;
        Ok(self.with_matte(matte, frame.clone()))
    }

    /// Joins a frame with the last matte that was shown; `None` if that matte cannot be reused at `time`.
    ///
    /// # Errors
    /// Those of [`Engine::reuse_matte`], except [`EngineError::Matte`].
    pub fn reuse_matte_at(
        &mut self,
        frame: &wgpu::Texture,
        time: FrameTime,
    ) -> Result<Option<Segmented>, EngineError> {
        let Some(age) = self.history.since(time, size_of(frame)) else { return Ok(None) };
        self.reuse_matte(frame, age).map(Some).or_else(no_matte)
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
