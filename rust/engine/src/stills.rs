use std::time::Duration;

use cyclorama_effects::cpu::{ColorMatrix, Planes, Preprocess, Sampling};
use cyclorama_effects::{Background, Blending, Image, MaskStatus, MattingOptions, Size};
use web_time::Instant;

use crate::{
    Backend, Clock, ComputeContext, CpuEngine, Engine, EngineError, GpuContext, OnGpu, Segmenter,
    StageTimings,
};

/// Segments and composites single images in memory.
pub struct Stills(Kind);

enum Kind {
    Gpu(Box<Engine<OnGpu>>),
    Cpu(Box<CpuEngine>),
}

impl Stills {
    /// Imports the bytes of a `.tflite` file for a backend.
    ///
    /// # Errors
    /// [`EngineError::Model`] for a file that is not a supported model, [`EngineError::Gpu`] if the GPU cannot run it.
    pub async fn new(backend: Backend, model: &[u8]) -> Result<Self, EngineError> {
        Ok(Self(match backend {
            Backend::Gpu(compute) => {
                Kind::Gpu(Box::new(Engine::on_gpu(compute, model, GpuContext::IMAGE_FORMAT).await?))
            }
            Backend::Cpu => Kind::Cpu(Box::new(CpuEngine::new(model).await?)),
        }))
    }

    fn segmenter(&self) -> &Segmenter {
        match &self.0 {
            Kind::Gpu(engine) => engine.segmenter(),
            Kind::Cpu(engine) => engine.segmenter(),
        }
    }

    /// Sets the options of the matting from the next image on.
    pub fn set_matting(&mut self, options: MattingOptions) {
        match &mut self.0 {
            Kind::Gpu(engine) => engine.set_matting(options),
            Kind::Cpu(engine) => engine.set_matting(options),
        }
    }

    /// Sets light wrap and brightness matching from the next image on.
    ///
    /// # Errors
    /// [`EngineError::Effect`] for a strength out of range. The blending does not change then.
    pub fn set_blending(&mut self, blending: Blending) -> Result<(), EngineError> {
        match &mut self.0 {
            Kind::Gpu(engine) => engine.set_blending(blending),
            Kind::Cpu(engine) => engine.set_blending(blending),
        }
    }

    /// The size of the model's masks.
    pub fn mask_size(&self) -> Size {
        self.segmenter().size()
    }

    /// Returns the probability of a person at each pixel of [`Stills::mask_size`], row by row. The image is stretched to the
    /// model's input.
    ///
    /// # Errors
    /// [`EngineError::Effect`] for an image that is too large, [`EngineError::Gpu`] if the GPU fails.
    pub async fn probability(&self, image: &Image) -> Result<Vec<f32>, EngineError> {
        let input = Preprocess::default().resize(&Planes::from_image(image), self.mask_size())?.to_vec();
        self.segmenter().probability(input).await
    }

    /// Reads the mask status of the last composited image. A rejected mask is background everywhere.
    ///
    /// # Errors
    /// [`EngineError::DeviceLost`] and [`EngineError::Gpu`] if the GPU fails.
    pub async fn mask_status(&self) -> Result<MaskStatus, EngineError> {
        match &self.0 {
            Kind::Gpu(engine) => engine.mask_check().status().await,
            Kind::Cpu(engine) => Ok(engine.mask_status()),
        }
    }

    /// Replaces the background of an image. Returns the result with straight alpha, and the times of the stages.
    ///
    /// `since` is the time since the image of the last call, if this one continues it, as in a clip; `None` for a single
    /// image.
    ///
    /// # Errors
    /// Those of [`Stills::probability`].
    pub async fn composite(
        &mut self,
        image: &Image,
        background: &Background,
        since: Option<Duration>,
    ) -> Result<(Image, StageTimings), EngineError> {
        match &mut self.0 {
            Kind::Gpu(engine) => on_gpu(engine, image, background, since).await,
            Kind::Cpu(engine) => on_cpu(engine, image, background, since),
        }
    }

    /// Makes a placeholder frame: for a blurred background `frame` blurred beyond recognition, or black without a frame, and
    /// for other backgrounds the background alone.
    ///
    /// # Errors
    /// [`EngineError::Effect`] for an image or size that is too large, [`EngineError::Gpu`] if the GPU fails.
    pub async fn hide(
        &mut self,
        frame: Option<&Image>,
        size: Size,
        background: &Background,
    ) -> Result<Image, EngineError> {
        let engine = match &mut self.0 {
            Kind::Cpu(engine) => return hide_on_cpu(engine, frame, size, background),
            Kind::Gpu(engine) => engine,
        };
        engine.set_background(background)?;
        let compute = engine.compute_context().clone();
        let frame = frame.map(|frame| compute.upload(frame, None)).transpose()?;
        let output = output(&compute, size)?;
        engine.hide(frame.as_ref(), &output.create_view(&wgpu::TextureViewDescriptor::default()))?;
        download(&compute, &output, background).await
    }
}

fn on_cpu(
    engine: &mut CpuEngine,
    image: &Image,
    background: &Background,
    since: Option<Duration>,
) -> Result<(Image, StageTimings), EngineError> {
    engine.set_background(background)?;
    let frame = Planes::from_image(image);
    let (mut output, mut alpha) = (Planes::default(), Vec::new());
    let timings = engine.segment(&frame, since)?.composite(&mut output, &mut alpha)?;
    Ok((to_image(&output, &alpha), timings))
}

fn hide_on_cpu(
    engine: &mut CpuEngine,
    frame: Option<&Image>,
    size: Size,
    background: &Background,
) -> Result<Image, EngineError> {
    engine.set_background(background)?;
    let frame = frame.map(Planes::from_image);
    let (mut output, mut alpha) = (Planes::new(size, Sampling::Full, ColorMatrix::RGB)?, Vec::new());
    engine.hide(frame.as_ref(), size, &mut output, &mut alpha)?;
    Ok(to_image(&output, &alpha))
}

fn to_image(planes: &Planes, alpha: &[u8]) -> Image {
    let mut pixels = vec![0; planes.size().pixels() * 4];
    planes.write_rgba((!alpha.is_empty()).then_some(alpha), &mut pixels);
    Image::new(planes.size(), pixels).expect("four bytes for each pixel")
}

async fn on_gpu(
    engine: &mut Engine<OnGpu>,
    image: &Image,
    background: &Background,
    since: Option<Duration>,
) -> Result<(Image, StageTimings), EngineError> {
    engine.set_background(background)?;
    let compute = engine.compute_context().clone();
    let frame = compute.upload(image, None)?;
    let output = output(&compute, image.size())?;
    let view = output.create_view(&wgpu::TextureViewDescriptor::default());
    let segmented = engine.segment(&frame, since, Clock::Completed).await?;
    let start = Instant::now();
    let segmentation = segmented.composite(&view)?.completed.unwrap_or_default();
    compute.completed().await;
    let timings = StageTimings { composite: start.elapsed(), ..segmentation };
    Ok((download(&compute, &output, background).await?, timings))
}

/// Creates the texture for a rendered image.
fn output(compute: &ComputeContext, size: Size) -> Result<wgpu::Texture, EngineError> {
    compute.texture(size, wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC)
}

/// Reads back an image that was composited over a background, with straight alpha.
async fn download(
    compute: &ComputeContext,
    output: &wgpu::Texture,
    background: &Background,
) -> Result<Image, EngineError> {
    let image = compute.download(output).await?;
    Ok(if matches!(background, Background::Transparent) { image.unpremultiply() } else { image })
}
