use std::time::Duration;

use cyclorama_effects::{
    Background, Blending, MattingOptions, Picture, Size, Verdict, composite, hide, matting::cpu::Matting,
    preprocess,
};
use web_time::Instant;

use crate::{Backend, Clock, Engine, EngineError, Gpu, Graphics, OnGpu, Segmenter, StageTimes};

/// Segments and composites single pictures in memory.
pub struct Stills(Kind);

enum Kind {
    Gpu(Box<Engine<OnGpu>>),
    Cpu(Box<Cpu>),
}

/// The stages on the processor.
struct Cpu {
    segmenter: Segmenter,
    matting: Matting,
    blending: Blending,
}

impl Stills {
    /// Imports the bytes of a `.tflite` file for a backend.
    ///
    /// # Errors
    /// [`EngineError::Model`] for a file that is not one of the networks, [`EngineError::Gpu`] if the GPU
    /// cannot run it.
    pub async fn new(backend: Backend, model: &[u8]) -> Result<Self, EngineError> {
        Ok(Self(match backend {
            Backend::Gpu(gpu) => {
                Kind::Gpu(Box::new(Engine::on_gpu(gpu, model, Graphics::PICTURE_FORMAT).await?))
            }
            Backend::Cpu => Kind::Cpu(Box::new(Cpu {
                segmenter: Segmenter::new(model, backend).await?,
                matting: Matting::default(),
                blending: Blending::default(),
            })),
        }))
    }

    fn segmenter(&self) -> &Segmenter {
        match &self.0 {
            Kind::Gpu(engine) => engine.segmenter(),
            Kind::Cpu(cpu) => &cpu.segmenter,
        }
    }

    /// Chooses how masks become mattes, from the next picture on.
    pub fn set_matting(&mut self, options: MattingOptions) {
        match &mut self.0 {
            Kind::Gpu(engine) => engine.set_matting(options),
            Kind::Cpu(cpu) => cpu.matting.set_options(options),
        }
    }

    /// Chooses how backgrounds are made to belong with the person, from the next picture on.
    ///
    /// # Errors
    /// [`EngineError::Effect`] for a strength out of range; the old blending stays.
    pub fn set_blending(&mut self, blending: Blending) -> Result<(), EngineError> {
        match &mut self.0 {
            Kind::Gpu(engine) => engine.set_blending(blending)?,
            Kind::Cpu(cpu) => {
                blending.check()?;
                cpu.blending = blending;
            }
        }
        Ok(())
    }

    /// The size of the network's masks.
    pub fn mask_size(&self) -> Size {
        self.segmenter().size()
    }

    /// The probability of a person at each pixel of [`Stills::mask_size`], row by row. The picture is stretched to the
    /// network's input.
    ///
    /// # Errors
    /// [`EngineError::Effect`] for a picture that is too large, [`EngineError::Gpu`] if the GPU fails.
    pub async fn probability(&self, picture: &Picture) -> Result<Vec<f32>, EngineError> {
        self.segmenter().probability(preprocess::cpu::resize(picture, self.mask_size())?).await
    }

    /// Whether the mask of the last picture that was composited could be right; if not, all of it was background.
    ///
    /// # Errors
    /// [`EngineError::DeviceLost`] and [`EngineError::Gpu`] if the GPU fails.
    pub async fn verdict(&self) -> Result<Verdict, EngineError> {
        match &self.0 {
            Kind::Gpu(engine) => engine.mask_gate().verdict().await,
            Kind::Cpu(cpu) => Ok(cpu.matting.verdict()),
        }
    }

    /// The person of a picture before another background, with straight alpha, and how long the stages took.
    ///
    /// `since` is the time since the picture of the call before if this one continues it, as the frames of a clip do;
    /// `None` for a picture by itself.
    ///
    /// # Errors
    /// As [`Stills::probability`].
    pub async fn composite(
        &mut self,
        picture: &Picture,
        background: &Background,
        since: Option<Duration>,
    ) -> Result<(Picture, StageTimes), EngineError> {
        match &mut self.0 {
            Kind::Gpu(engine) => on_gpu(engine, picture, background, since).await,
            Kind::Cpu(cpu) => on_cpu(cpu, picture, background, since).await,
        }
    }

    /// The picture to show when there is no mask to trust: `frame` blurred beyond recognition for a blurred background,
    /// or black without a frame, and for the others the background alone.
    ///
    /// # Errors
    /// [`EngineError::Effect`] for a picture or size that is too large, [`EngineError::Gpu`] if the GPU fails.
    pub async fn hide(
        &mut self,
        frame: Option<&Picture>,
        size: Size,
        background: &Background,
    ) -> Result<Picture, EngineError> {
        let engine = match &mut self.0 {
            Kind::Cpu(_) => return Ok(hide::cpu::hide(frame, size, background)?),
            Kind::Gpu(engine) => engine,
        };
        engine.set_background(background)?;
        let gpu = engine.gpu().clone();
        let frame = frame.map(|frame| gpu.upload(frame, None)).transpose()?;
        let output = output(&gpu, size)?;
        engine.hide(frame.as_ref(), &output.create_view(&wgpu::TextureViewDescriptor::default()))?;
        download(&gpu, &output, background).await
    }
}

async fn on_cpu(
    Cpu { segmenter, matting, blending }: &mut Cpu,
    picture: &Picture,
    background: &Background,
    since: Option<Duration>,
) -> Result<(Picture, StageTimes), EngineError> {
    let size = segmenter.size();
    let start = Instant::now();
    let input = preprocess::cpu::resize(picture, size)?;
    let preprocessed = Instant::now();
    let probability = segmenter.probability(input.clone()).await?;
    let inferred = Instant::now();
    let matte = matting.next(picture, &input, &probability, size, since)?;
    let refined = Instant::now();
    let output = composite::cpu::composite(picture, &matte, background, *blending)?;
    let times = StageTimes {
        preprocess: preprocessed - start,
        inference: inferred - preprocessed,
        refine: refined - inferred,
        composite: refined.elapsed(),
    };
    Ok((output, times))
}

async fn on_gpu(
    engine: &mut Engine<OnGpu>,
    picture: &Picture,
    background: &Background,
    since: Option<Duration>,
) -> Result<(Picture, StageTimes), EngineError> {
    engine.set_background(background)?;
    let gpu = engine.gpu().clone();
    let frame = gpu.upload(picture, None)?;
    let output = output(&gpu, picture.size())?;
    let view = output.create_view(&wgpu::TextureViewDescriptor::default());
    let segmented = engine.segment(&frame, since, Clock::Completed).await?;
    let segmentation = segmented.completed.unwrap_or_default();
    let start = Instant::now();
    engine.composite(segmented, &view)?;
    gpu.completed().await;
    let times = StageTimes { composite: start.elapsed(), ..segmentation };
    Ok((download(&gpu, &output, background).await?, times))
}

/// What a picture is rendered to.
fn output(gpu: &Gpu, size: Size) -> Result<wgpu::Texture, EngineError> {
    gpu.texture(size, wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC)
}

/// The picture that was rendered before a background, with straight alpha.
async fn download(
    gpu: &Gpu,
    output: &wgpu::Texture,
    background: &Background,
) -> Result<Picture, EngineError> {
    let picture = gpu.download(output).await?;
    Ok(if matches!(background, Background::Transparent) { picture.straightened() } else { picture })
}
