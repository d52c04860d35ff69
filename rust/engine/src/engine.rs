use std::time::Duration;

use cyclorama_effects::{
    Background, Blending, Compositor, Layout, Matte, Matting, MattingOptions, Preprocess, Segmentation,
};
use cyclorama_segmentation::NetworkConfig;
use web_time::Instant;

use crate::segmenter::{GpuSegmenter, TensorBuffer};
use crate::{Clock, EngineError, Gpu, MaskGate, Segmenter};

/// Replaces the background of a stream of frames on the GPU.
///
/// A frame is shown only under the matte that was made from that very frame: [`Engine::segment`] gives the two together,
/// and [`Engine::composite`] takes nothing else. When either fails, [`Engine::hide`] is what to show.
pub struct Engine {
    gpu: Gpu,
    segmenter: GpuSegmenter,
    preprocess: Preprocess,
    matting: Matting,
    compositor: Compositor,
    /// The number of the last frame segmented. Its matte lies where that of the frame before lay.
    frame: u64,
}

impl Engine {
    /// Imports the bytes of a `.tflite` file, compiles every pipeline and runs the network once.
    ///
    /// `output` is the format of the textures that frames are written to.
    ///
    /// # Errors
    /// [`EngineError::Model`] for a file that is not a selfie segmentation network, [`EngineError::Gpu`] if the GPU
    /// cannot run it.
    pub async fn new(gpu: Gpu, model: &[u8], output: wgpu::TextureFormat) -> Result<Self, EngineError> {
        let segmenter = GpuSegmenter::new(model, &gpu).await?;
        let preprocess = Preprocess::new(gpu.device());
        let matting = Matting::new(gpu.device(), gpu.queue());
        let compositor = Compositor::new(gpu.device(), gpu.queue(), output)?;
        Ok(Self { gpu, segmenter, preprocess, matting, compositor, frame: 0 })
    }

    /// The GPU that everything runs on.
    pub fn gpu(&self) -> &Gpu {
        &self.gpu
    }

    /// Which network runs.
    pub fn model(&self) -> &NetworkConfig {
        self.segmenter().config()
    }

    /// The network alone.
    pub fn segmenter(&self) -> &Segmenter {
        self.segmenter.segmenter()
    }

    /// What says whether the masks of the frames can be right, at any time and beside the frames; the same for good.
    pub fn mask_gate(&self) -> MaskGate {
        MaskGate::new(self.gpu.clone(), self.matting.verdict_buffer().clone())
    }

    /// Prepares another model, which [`Engine::set_model`] then puts in place: between the two, frames go on with the
    /// old one.
    ///
    /// # Errors
    /// As [`Engine::new`].
    pub async fn prepare_model(gpu: &Gpu, model: &[u8]) -> Result<PreparedModel, EngineError> {
        Ok(PreparedModel(GpuSegmenter::new(model, gpu).await?))
    }

    /// Segments with this model from the next frame on.
    pub fn set_model(&mut self, model: PreparedModel) {
        self.segmenter = model.0;
        self.matting.forget();
    }

    /// Shows this background from the next frame on.
    ///
    /// # Errors
    /// [`EngineError::Effect`] for a background that cannot be shown; the old one stays.
    pub fn set_background(&mut self, background: &Background) -> Result<(), EngineError> {
        Ok(self.compositor.set_background(background)?)
    }

    /// Shows a picture that is on the GPU already from the next frame on. To be called again when its content changed,
    /// which makes nothing anew for the same texture and layout.
    ///
    /// # Errors
    /// [`EngineError::Effect`] for a texture or layout that cannot be shown; the old background stays.
    pub fn set_background_texture(
        &mut self,
        texture: &wgpu::Texture,
        layout: Layout,
    ) -> Result<(), EngineError> {
        Ok(self.compositor.set_background_texture(texture, layout)?)
    }

    /// Chooses how masks become mattes, from the next frame on.
    pub fn set_matting(&mut self, options: MattingOptions) {
        self.matting.set_options(options);
    }

    /// Chooses how backgrounds are made to belong with the person, from the next frame on.
    ///
    /// # Errors
    /// [`EngineError::Effect`] for a strength out of range; the old blending stays.
    pub fn set_blending(&mut self, blending: Blending) -> Result<(), EngineError> {
        Ok(self.compositor.set_blending(blending)?)
    }

    /// Segments `frame` and makes its matte: two submissions and what [`Engine::composite`] submits for it, or three that are
    /// awaited with [`Clock::Completed`].
    ///
    /// `since` is the time since the frame of the call before if this one continues it, as a video's do. Then the mask is steadied by
    /// that one's; `None`, more than a second or another model start anew.
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
        self.gpu.check()?;
        let mut start = Instant::now();
        let input = self.segmenter.input()?;
        let size = self.segmenter.segmenter().size();
        let mut encoder = self.encoder("preprocess");
        self.preprocess.encode(&mut encoder, frame, &input.binding(), size)?;
        self.gpu.queue().submit([encoder.finish()]);
        let preprocess = self.lap(&mut start, clock).await;

        let probability = self.segmenter.infer()?;
        let inference = self.lap(&mut start, clock).await;

        let mut encoder = self.encoder("refine");
        let segmentation = Segmentation { guide: input.binding(), probability: probability.binding(), size };
        self.frame += 1;
        let matte = self.matting.encode(&mut encoder, frame, &segmentation, since)?;
        let mut commands = Some(encoder.finish());
        if clock == Clock::Completed {
            self.gpu.queue().submit(commands.take());
        }
        let refine = self.lap(&mut start, clock).await;
        self.gpu.check()?;
        Ok(Segmented {
            frame: frame.clone(),
            number: self.frame,
            matte,
            commands,
            _probability: probability,
            preprocess,
            inference,
            refine,
        })
    }

    /// Shows the person of a segmented frame before the background in `output`, a texture of the frame's size: one
    /// submission, not awaited.
    ///
    /// # Errors
    /// [`EngineError::Frame`] for a frame after which another was segmented, for its matte is that one's now;
    /// [`EngineError::Effect`] for an output of another size, or what the GPU reported meanwhile. It must not be shown
    /// then.
    pub fn composite(&mut self, segmented: Segmented, output: &wgpu::TextureView) -> Result<(), EngineError> {
        if segmented.number != self.frame {
            return Err(EngineError::Frame(
                "another frame was segmented before this one was composited: take them in turns".into(),
            ));
        }
        let mut encoder = self.encoder("composite");
        self.compositor.encode(&mut encoder, &segmented.frame, &segmented.matte, output)?;
        self.gpu.queue().submit(segmented.commands.into_iter().chain([encoder.finish()]));
        self.gpu.check()
    }

    /// Fills `output` with a picture that gives nothing of the camera away: the chosen background alone or, for a blur,
    /// `frame` blurred beyond recognition, and black without one.
    ///
    /// # Errors
    /// [`EngineError::Effect`] for an output of unusable size.
    pub fn hide(
        &mut self,
        frame: Option<&wgpu::Texture>,
        output: &wgpu::TextureView,
    ) -> Result<(), EngineError> {
        let mut encoder = self.encoder("hide");
        self.compositor.encode_hidden(&mut encoder, frame, output)?;
        self.gpu.queue().submit([encoder.finish()]);
        Ok(())
    }

    fn encoder(&self, label: &str) -> wgpu::CommandEncoder {
        self.gpu.device().create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some(label) })
    }

    /// Time since `start`, which moves on to now.
    async fn lap(&self, start: &mut Instant, clock: Clock) -> Duration {
        if clock == Clock::Completed {
            self.gpu.completed().await;
        }
        let now = Instant::now();
        let time = now - *start;
        *start = now;
        time
    }
}

/// A frame with the matte that was made from it, on the GPU.
pub struct Segmented {
    frame: wgpu::Texture,
    number: u64,
    matte: Matte,
    /// What makes the matte, unless it was submitted.
    commands: Option<wgpu::CommandBuffer>,
    /// Keeps the buffer that `commands` read.
    _probability: TensorBuffer,
    /// Time to resize and normalise the frame into the network's input.
    pub preprocess: Duration,
    /// Time of the network.
    pub inference: Duration,
    /// Time to make a matte of the network's mask.
    pub refine: Duration,
}

/// A model that is imported, compiled and warm.
pub struct PreparedModel(GpuSegmenter);

impl PreparedModel {
    /// Which network it is.
    pub fn config(&self) -> &NetworkConfig {
        self.0.segmenter().config()
    }
}
