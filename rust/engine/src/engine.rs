use std::time::Duration;

use cyclorama_effects::{Background, Compositor, Layout, Mask, Preprocess, Size};
use cyclorama_segmentation::NetworkConfig;
use web_time::Instant;

use crate::segmenter::{GpuSegmenter, TensorBuffer};
use crate::{Clock, EngineError, Gpu, Segmenter};

/// Replaces the background of a stream of frames on the GPU.
///
/// A frame is shown only under the mask that was made from that very frame: [`Engine::segment`] gives the two together,
/// and [`Engine::composite`] takes nothing else. When either fails, [`Engine::hide`] is what to show.
pub struct Engine {
    gpu: Gpu,
    segmenter: GpuSegmenter,
    preprocess: Preprocess,
    compositor: Compositor,
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
        let compositor = Compositor::new(gpu.device(), gpu.queue(), output)?;
        Ok(Self { gpu, segmenter, preprocess, compositor })
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

    /// Segments `frame`: two submissions, awaited only with [`Clock::Completed`].
    ///
    /// # Errors
    /// [`EngineError::DeviceLost`] and [`EngineError::Gpu`] for what the GPU reported since the last frame,
    /// [`EngineError::Effect`] for a frame of unusable size.
    pub async fn segment(&mut self, frame: &wgpu::Texture, clock: Clock) -> Result<Segmented, EngineError> {
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
        self.gpu.check()?;
        Ok(Segmented { frame: frame.clone(), probability, size, preprocess, inference })
    }

    /// Shows the person of a segmented frame before the background in `output`, a texture of the frame's size: one
    /// submission, not awaited.
    ///
    /// # Errors
    /// [`EngineError::Effect`] for an output of another size, or what the GPU reported meanwhile. It must not be shown
    /// then.
    pub fn composite(
        &mut self,
        segmented: &Segmented,
        output: &wgpu::TextureView,
    ) -> Result<(), EngineError> {
        let mut encoder = self.encoder("composite");
        let mask = Mask { probability: segmented.probability.binding(), size: segmented.size };
        self.compositor.encode(&mut encoder, &segmented.frame, &mask, output)?;
        self.gpu.queue().submit([encoder.finish()]);
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

/// A frame with the mask that was made from it, on the GPU.
pub struct Segmented {
    frame: wgpu::Texture,
    probability: TensorBuffer,
    size: Size,
    /// Time to resize and normalise the frame into the network's input.
    pub preprocess: Duration,
    /// Time of the network.
    pub inference: Duration,
}

/// A model that is imported, compiled and warm.
pub struct PreparedModel(GpuSegmenter);

impl PreparedModel {
    /// Which network it is.
    pub fn config(&self) -> &NetworkConfig {
        self.0.segmenter().config()
    }
}
