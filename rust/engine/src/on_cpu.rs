use std::time::Duration;

use cyclorama_effects::matting::cpu::Matting;
use cyclorama_effects::{MatteUpload, MattingOptions, Picture, Verdict, preprocess};
use web_time::Instant;

use crate::{
    Backend, Engine, EngineError, Graphics, PreparedModel, Segmentation, Segmented, Segmenter, StageTimes,
};

/// Segments on the processor and composites on any GPU that renders, WebGL2's included: no compute shader, no storage buffer
/// and no storage texture is made there.
pub struct OnCpu {
    segmenter: Segmenter,
    matting: Matting,
    mattes: MatteUpload,
    /// What frames are uploaded to.
    texture: Option<wgpu::Texture>,
}

impl Segmentation for OnCpu {
    type Network = Segmenter;

    fn network(&self) -> &Segmenter {
        &self.segmenter
    }

    fn set_network(&mut self, network: Segmenter) {
        self.segmenter = network;
        self.matting.forget();
    }

    fn set_matting(&mut self, options: MattingOptions) {
        self.matting.set_options(options);
    }
}

impl Engine<OnCpu> {
    /// Imports the bytes of a `.tflite` file, compiles every pipeline and runs the network once.
    ///
    /// `output` is the format of the textures that frames are written to.
    ///
    /// # Errors
    /// [`EngineError::Model`] for a file that is not one of the networks, [`EngineError::Gpu`] if the GPU
    /// cannot show anything.
    pub async fn on_cpu(
        graphics: Graphics,
        model: &[u8],
        output: wgpu::TextureFormat,
    ) -> Result<Self, EngineError> {
        let segmenter = Segmenter::new(model, Backend::Cpu).await?;
        let mattes = MatteUpload::new(graphics.device(), graphics.queue());
        let segmentation = OnCpu { segmenter, matting: Matting::default(), mattes, texture: None };
        Self::new(graphics, segmentation, output)
    }

    /// Segments `frame` and makes its matte; both are uploaded by what [`Engine::composite`] submits.
    ///
    /// `since` is the time since the frame of the call before if this one continues it, as a video's do. Then the mask is steadied by
    /// that one's; `None`, more than a second or another model start anew.
    ///
    /// # Errors
    /// [`EngineError::DeviceLost`] and [`EngineError::Gpu`] for what the GPU reported since the last frame,
    /// [`EngineError::Effect`] and [`EngineError::Frame`] for a frame of unusable size.
    pub async fn segment(
        &mut self,
        frame: &Picture,
        since: Option<Duration>,
    ) -> Result<Segmented, EngineError> {
        self.check()?;
        let (number, timestamps) = self.begin_frame();
        let start = Instant::now();
        let texture = self.upload(frame)?;
        let size = self.segmenter().size();
        let input = preprocess::cpu::resize(frame, size)?;
        let preprocessed = Instant::now();
        let probability = self.segmenter().probability(input.clone()).await?;
        let inferred = Instant::now();
        let matte = self.segmentation.matting.next(frame, &input, &probability, size, since)?;
        let matte = self.segmentation.mattes.upload(&matte);
        let refined = Instant::now();
        self.check()?;
        Ok(Segmented {
            frame: texture,
            number,
            matte,
            has_own_mask: false,
            commands: None,
            kept: None,
            timestamps,
            cpu: StageTimes {
                preprocess: preprocessed - start,
                inference: inferred - preprocessed,
                refine: refined - inferred,
                composite: Duration::ZERO,
            },
            completed: None,
        })
    }

    /// Whether the mask of the last frame could be right; if not, nobody was shown.
    pub fn verdict(&self) -> Verdict {
        self.segmentation.matting.verdict()
    }

    /// Puts another frame under the matte of the last one that was shown, `age` after that one: for segmenting not every
    /// frame.
    ///
    /// # Errors
    /// [`EngineError::Matte`] where there is none for a frame of this size that the present network made, or where it is
    /// older than [`MAX_MATTE_AGE`](crate::MAX_MATTE_AGE); what the GPU reported since the last frame, [`EngineError::Effect`] and
    /// [`EngineError::Frame`] for a frame of unusable size.
    pub fn reuse_matte(&mut self, frame: &Picture, age: Duration) -> Result<Segmented, EngineError> {
        self.check()?;
        let size = frame.size();
        let size = wgpu::Extent3d { width: size.width, height: size.height, depth_or_array_layers: 1 };
        let matte = self.matte_for(size, age)?;
        let texture = self.upload(frame)?;
        Ok(self.under(matte, texture))
    }

    fn upload(&mut self, frame: &Picture) -> Result<wgpu::Texture, EngineError> {
        let kept = self.segmentation.texture.take();
        let texture = self.graphics().upload(frame, kept)?;
        self.segmentation.texture = Some(texture.clone());
        Ok(texture)
    }
}

impl PreparedModel<OnCpu> {
    /// Prepares another model, which [`Engine::set_model`] then puts in place: between the two, frames go on with the
    /// old one.
    ///
    /// # Errors
    /// [`EngineError::Model`] for a file that is not one of the networks.
    pub async fn on_cpu(model: &[u8]) -> Result<Self, EngineError> {
        Ok(Self(Segmenter::new(model, Backend::Cpu).await?))
    }
}
