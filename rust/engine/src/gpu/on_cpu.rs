use std::time::Duration;

use cyclorama_effects::cpu::{Matte, Matting, PixelOrder, Planes, Preprocess};
use cyclorama_effects::{Image, MaskStatus, MatteUpload, MattingOptions};
use web_time::Instant;

use super::engine::no_matte;
use crate::{
    Backend, Engine, EngineError, FrameTime, GpuContext, PreparedModel, Segmentation, Segmented, Segmenter,
    StageTimings,
};

/// Segments on the CPU and composites on any GPU that renders, including WebGL2. It uses no compute shaders, storage buffers
/// or storage textures.
pub struct OnCpu {
    segmenter: Segmenter,
    /// The colors of the frame, for the stages on the CPU.
    planes: Planes,
    preprocess: Preprocess,
    matting: Matting,
    /// The matte of the last segmented frame.
    matte: Matte,
    mattes: MatteUpload,
    /// The texture for frames, reused for the next.
    texture: Option<wgpu::Texture>,
}

impl Segmentation for OnCpu {
    type Model = Segmenter;

    fn model(&self) -> &Segmenter {
        &self.segmenter
    }

    fn set_model(&mut self, model: Segmenter) {
        self.segmenter = model;
        self.matting.reset();
    }

    fn set_matting(&mut self, options: MattingOptions) {
        self.matting.set_options(options);
    }
}

impl Engine<OnCpu> {
    /// Imports the bytes of a `.tflite` file and runs the model once. The pipelines of an effect are compiled when it is set.
    ///
    /// `output` is the format of the textures that frames are written to.
    ///
    /// # Errors
    /// [`EngineError::Model`] for a file that is not a supported model, [`EngineError::Gpu`] if the GPU cannot show
    /// anything.
    pub async fn on_cpu(
        gpu: GpuContext,
        model: &[u8],
        output: wgpu::TextureFormat,
    ) -> Result<Self, EngineError> {
        let segmenter = Segmenter::new(model, Backend::Cpu).await?;
        let mattes = MatteUpload::new(gpu.device(), gpu.queue());
        let segmentation = OnCpu {
            segmenter,
            planes: Planes::default(),
            preprocess: Preprocess::default(),
            matting: Matting::default(),
            matte: Matte::default(),
            mattes,
            texture: None,
        };
        Self::new(gpu, segmentation, output)
    }

    /// Segments `frame` and makes its matte. The submission of [`Engine::composite`] uploads both.
    ///
    /// `since` is the time since the frame of the last call, if this frame continues it, as in a video. Then temporal
    /// smoothing uses the mask of that frame. It does not after `None`, after more than a second and after another model.
    ///
    /// # Errors
    /// [`EngineError::DeviceLost`] and [`EngineError::Gpu`] for what the GPU reported since the last frame,
    /// [`EngineError::Effect`] and [`EngineError::Frame`] for a frame of unusable size.
    pub async fn segment(
        &mut self,
        frame: &Image,
        since: Option<Duration>,
    ) -> Result<Segmented, EngineError> {
        self.check()?;
        let (number, timestamps) = self.start_segmentation();
        let start = Instant::now();
        let texture = self.upload(frame)?;
        let OnCpu { segmenter, planes, preprocess, matting, matte, mattes, .. } = &mut self.segmentation;
        let size = segmenter.size();
        planes.read_rgba(frame.size(), frame.pixels(), PixelOrder::Rgba)?;
        let guide = preprocess.resize(planes, size)?;
        let preprocessed = Instant::now();
        let probability = segmenter.probability_now(guide)?;
        let inferred = Instant::now();
        matting.next(planes, guide, &probability, size, since, matte)?;
        let matte = mattes.upload(matte);
        let refined = Instant::now();
        self.check()?;
        Ok(Segmented {
            frame: texture,
            number,
            matte,
            has_own_mask: false,
            encoder: None,
            timestamps,
            cpu: StageTimings {
                preprocess: preprocessed - start,
                inference: inferred - preprocessed,
                refine: refined - inferred,
                composite: Duration::ZERO,
            },
            completed: None,
        })
    }

    /// Segments `frame` as [`Engine::segment`] does, and computes the time since the last frame from `time`.
    ///
    /// # Errors
    /// Those of [`Engine::segment`].
    pub async fn segment_at(&mut self, frame: &Image, time: FrameTime) -> Result<Segmented, EngineError> {
        let size = frame.size();
        let segmented = self.segment(frame, self.history.since(time, size)).await?;
        self.history.note_segmented(time, size);
        Ok(segmented)
    }

    /// The status of the last frame's mask. A rejected mask shows nothing of the frame.
    pub fn mask_status(&self) -> MaskStatus {
        self.segmentation.matting.status()
    }

    /// Joins another frame with the last matte that was shown, `age` after the matte's own frame. Use it to segment only
    /// some of the frames.
    ///
    /// # Errors
    /// [`EngineError::Matte`] if the current model made no matte for a frame of this size, or if the matte is older than
    /// [`MAX_MATTE_AGE`](crate::MAX_MATTE_AGE); what the GPU reported since the last frame; [`EngineError::Effect`] and
    /// [`EngineError::Frame`] for a frame of unusable size.
    pub fn reuse_matte(&mut self, frame: &Image, age: Duration) -> Result<Segmented, EngineError> {
        self.check()?;
        let matte = self.history.matte_for(frame.size(), age)?;
        let texture = self.upload(frame)?;
        Ok(self.with_matte(matte, texture))
    }

    /// Joins a frame with the last matte that was shown; `None` if that matte cannot be reused at `time`.
    ///
    /// # Errors
    /// Those of [`Engine::reuse_matte`], except [`EngineError::Matte`].
    pub fn reuse_matte_at(
        &mut self,
        frame: &Image,
        time: FrameTime,
    ) -> Result<Option<Segmented>, EngineError> {
        let Some(age) = self.history.since(time, frame.size()) else { return Ok(None) };
        self.reuse_matte(frame, age).map(Some).or_else(no_matte)
    }

    fn upload(&mut self, frame: &Image) -> Result<wgpu::Texture, EngineError> {
        let kept = self.segmentation.texture.take();
        let texture = self.gpu_context().upload(frame, kept)?;
        self.segmentation.texture = Some(texture.clone());
        Ok(texture)
    }
}

impl PreparedModel<OnCpu> {
    /// Prepares another model for [`Engine::set_model`]. Until that call, frames use the current model.
    ///
    /// # Errors
    /// [`EngineError::Model`] for a file that is not a supported model.
    pub async fn on_cpu(model: &[u8]) -> Result<Self, EngineError> {
        Ok(Self(Segmenter::new(model, Backend::Cpu).await?))
    }
}
