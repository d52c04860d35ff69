use std::time::Duration;

use cyclorama_effects::cpu::{Matte, Matting, PixelOrder, Planes, Preprocess};
use cyclorama_effects::{self as effects, Image, MaskStatus, MatteUpload, MattingOptions, Size};

use super::frame_encoder::FrameEncoder;
use crate::{Backend, Clock, Engine, EngineError, GpuContext, PreparedModel, Segmentation, Segmenter};

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
    type Frame = Image;

    fn model(&self) -> &Segmenter {
        &self.segmenter
    }

    fn set_model(&mut self, model: Segmenter) {
        self.segmenter = model;
    }

    fn set_matting(&mut self, options: MattingOptions) {
        self.matting.set_options(options);
    }

    fn reset(&mut self) {
        self.matting.reset();
    }

    fn size(frame: &Image) -> Size {
        frame.size()
    }

    fn texture(&mut self, gpu: &GpuContext, frame: &Image) -> Result<wgpu::Texture, EngineError> {
        let texture = gpu.upload(frame, self.texture.take())?;
        Ok(self.texture.insert(texture).clone())
    }

    /// Work on the CPU is completed when a stage ends, by every clock.
    async fn segment(
        &mut self,
        encoder: &mut FrameEncoder,
        frame: &Image,
        since: Option<Duration>,
        _clock: Clock,
    ) -> Result<effects::Matte, EngineError> {
        let Self { segmenter, planes, preprocess, matting, matte, mattes, .. } = self;
        let size = segmenter.size();
        planes.read_rgba(frame.size(), frame.pixels(), PixelOrder::Rgba)?;
        let guide = preprocess.resize(planes, size)?;
        encoder.end_stage(Clock::Cpu, |times| &mut times.preprocess).await;

        let probability = segmenter.probability_now(guide)?;
        encoder.end_stage(Clock::Cpu, |times| &mut times.inference).await;

        matting.next(planes, guide, &probability, size, since, matte)?;
        let matte = mattes.upload(matte);
        encoder.end_stage(Clock::Cpu, |times| &mut times.refine).await;
        Ok(matte)
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

    /// The status of the last frame's mask. A rejected mask shows nothing of the frame.
    pub fn mask_status(&self) -> MaskStatus {
        self.segmentation.matting.status()
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
