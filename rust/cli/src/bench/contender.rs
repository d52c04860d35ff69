//! One network on one backend, and how long its frames take.

use std::time::{Duration, Instant};

use cyclorama_engine::{
    Clock as Wait, Engine, EngineError, Gpu, Graphics, OnCpu, OnGpu, Segmentation, Segmented, StageTimes,
    Stills,
    effects::{Background, BlurStrength, MattingOptions, Picture, Refinement, Size},
};
use serde::Serialize;
use wgpu::TextureUsages;

use super::{clip::INTERVAL, figure::Clock};
use crate::progress::milliseconds;

/// The effect of every frame.
const BACKGROUND: Background = Background::Blur { radius: BlurStrength::Medium.radius() };

/// The stages of a frame's way, in order. Importing is bringing it from memory to the GPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Stage {
    Import,
    Preprocess,
    Inference,
    Refine,
    Composite,
}

/// The times of one frame in milliseconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct FrameTimes {
    pub stages: Vec<(Stage, Clock, f64)>,
    /// From the frame in memory to its picture, complete; of frames that nothing else was waited for.
    pub whole: Option<f64>,
}

/// A network that is ready on its backend, with the frames under way.
pub(crate) enum Contender {
    Wgpu(OnDevice<OnGpu>),
    CpuAndWgpu(OnDevice<OnCpu>),
    Cpu { stills: Box<Stills>, since: Option<Duration> },
}

/// An engine that composites on the GPU.
pub(crate) struct OnDevice<S> {
    engine: Box<Engine<S>>,
    /// What frames are uploaded to, where that is not the engine's work.
    frame: Option<wgpu::Texture>,
    output: Option<wgpu::TextureView>,
    since: Option<Duration>,
}

impl Contender {
    /// # Errors
    /// [`EngineError::Model`] for bytes that are no network, [`EngineError::Gpu`] if the GPU cannot run it.
    pub(crate) fn on_wgpu(gpu: &Gpu, model: &[u8]) -> Result<Self, EngineError> {
        let engine = pollster::block_on(Engine::on_gpu(gpu.clone(), model, Graphics::PICTURE_FORMAT))?;
        Ok(Self::Wgpu(OnDevice::new(engine)?))
    }

    /// # Errors
    /// As [`Contender::on_wgpu`].
    pub(crate) fn on_cpu_and_wgpu(graphics: &Graphics, model: &[u8]) -> Result<Self, EngineError> {
        let engine = pollster::block_on(Engine::on_cpu(graphics.clone(), model, Graphics::PICTURE_FORMAT))?;
        Ok(Self::CpuAndWgpu(OnDevice::new(engine)?))
    }

    /// # Errors
    /// [`EngineError::Model`] for bytes that are no network.
    pub(crate) fn on_cpu(model: &[u8]) -> Result<Self, EngineError> {
        let stills = pollster::block_on(Stills::new(cyclorama_engine::Backend::Cpu, model))?;
        Ok(Self::Cpu { stills: Box::new(stills), since: None })
    }

    /// The size of the network's input.
    pub(crate) fn model_size(&self) -> Size {
        match self {
            Self::Wgpu(on_device) => on_device.engine.segmenter().size(),
            Self::CpuAndWgpu(on_device) => on_device.engine.segmenter().size(),
            Self::Cpu { stills, .. } => stills.mask_size(),
        }
    }

    /// Makes ready for frames of this size that continue none before.
    ///
    /// # Errors
    /// A size that the GPU has no textures for.
    pub(crate) fn begin(&mut self, refinement: Refinement, size: Size) -> Result<(), EngineError> {
        let options = MattingOptions { refinement, ..MattingOptions::default() };
        match self {
            Self::Wgpu(on_device) => on_device.begin(options, size),
            Self::CpuAndWgpu(on_device) => on_device.begin(options, size),
            Self::Cpu { stills, since } => {
                stills.set_matting(options);
                *since = None;
                Ok(())
            }
        }
    }

    /// Takes a frame all the way, and waits for the picture alone.
    ///
    /// # Errors
    /// Whatever the engine or the GPU reports.
    pub(crate) fn frame(&mut self, picture: &Picture) -> Result<FrameTimes, EngineError> {
        let start = Instant::now();
        let stages = self.hand_over(picture)?;
        self.complete()?;
        Ok(FrameTimes { stages, whole: Some(milliseconds(start.elapsed())) })
    }

    /// Takes a frame all the way, and waits for the GPU after each stage. None where that is no other than
    /// [`Contender::frame`].
    ///
    /// # Errors
    /// As [`Contender::frame`].
    pub(crate) fn frame_by_stages(&mut self, picture: &Picture) -> Result<Option<FrameTimes>, EngineError> {
        let mut stages = match self {
            Self::Wgpu(on_device) => on_device.hand_over(picture, Wait::Completed)?,
            Self::CpuAndWgpu(on_device) => on_device.hand_over(picture, Wait::Completed)?,
            Self::Cpu { .. } => return Ok(None),
        };
        // What the thread did is known from frames that it did not have to wait in.
        stages.retain(|(_, clock, _)| *clock != Clock::Cpu);
        Ok(Some(FrameTimes { stages, whole: None }))
    }

    /// Takes a frame as far as the calling thread has to do with it.
    ///
    /// # Errors
    /// As [`Contender::frame`].
    pub(crate) fn hand_over(&mut self, picture: &Picture) -> Result<Vec<(Stage, Clock, f64)>, EngineError> {
        match self {
            Self::Wgpu(on_device) => on_device.hand_over(picture, Wait::Encode),
            Self::CpuAndWgpu(on_device) => on_device.hand_over(picture, Wait::Encode),
            Self::Cpu { stills, since } => {
                let (_, times) = pollster::block_on(stills.composite(picture, &BACKGROUND, *since))?;
                *since = Some(INTERVAL);
                let StageTimes { preprocess, inference, refine, composite } = times;
                Ok(vec![
                    (Stage::Preprocess, Clock::Cpu, milliseconds(preprocess)),
                    (Stage::Inference, Clock::Cpu, milliseconds(inference)),
                    (Stage::Refine, Clock::Cpu, milliseconds(refine)),
                    (Stage::Composite, Clock::Cpu, milliseconds(composite)),
                ])
            }
        }
    }

    /// Waits until all frames that were handed over are pictures.
    ///
    /// # Errors
    /// What the GPU reported meanwhile.
    pub(crate) fn complete(&self) -> Result<(), EngineError> {
        let graphics = match self {
            Self::Wgpu(on_device) => on_device.engine.graphics(),
            Self::CpuAndWgpu(on_device) => on_device.engine.graphics(),
            Self::Cpu { .. } => return Ok(()),
        };
        pollster::block_on(graphics.completed());
        graphics.check()
    }
}

impl<S: Segmentation> OnDevice<S> {
    fn new(mut engine: Engine<S>) -> Result<Self, EngineError> {
        engine.set_background(&BACKGROUND)?;
        Ok(Self { engine: Box::new(engine), frame: None, output: None, since: None })
    }

    fn begin(&mut self, options: MattingOptions, size: Size) -> Result<(), EngineError> {
        self.engine.set_matting(options);
        let output = self.engine.graphics().texture(size, TextureUsages::RENDER_ATTACHMENT)?;
        self.output = Some(output.create_view(&wgpu::TextureViewDescriptor::default()));
        self.since = None;
        Ok(())
    }

    /// Shows a segmented frame, and gives the times of its stages by `clock`.
    fn show(
        &mut self,
        segmented: Segmented,
        wait: Wait,
        segmented_by: Clock,
    ) -> Result<Vec<(Stage, Clock, f64)>, EngineError> {
        let Segmented { preprocess, inference, refine, .. } = segmented;
        let output = self.output.as_ref().expect("frames begin with their output");
        let start = Instant::now();
        self.engine.composite(segmented, output)?;
        let graphics = self.engine.graphics();
        let composited_by = clock_of(wait);
        settle(graphics, wait);
        let composite = start.elapsed();
        self.since = Some(INTERVAL);
        Ok(vec![
            (Stage::Preprocess, segmented_by, milliseconds(preprocess)),
            (Stage::Inference, segmented_by, milliseconds(inference)),
            (Stage::Refine, segmented_by, milliseconds(refine)),
            (Stage::Composite, composited_by, milliseconds(composite)),
        ])
    }
}

impl OnDevice<OnGpu> {
    fn hand_over(&mut self, picture: &Picture, wait: Wait) -> Result<Vec<(Stage, Clock, f64)>, EngineError> {
        let start = Instant::now();
        let graphics = self.engine.graphics();
        let frame = graphics.upload(picture, self.frame.take())?;
        if wait == Wait::Completed {
            // What was written to a texture goes with the next submission, whatever that is.
            graphics.queue().submit([]);
        }
        settle(graphics, wait);
        let import = start.elapsed();
        let segmented = pollster::block_on(self.engine.segment(&frame, self.since, wait))?;
        self.frame = Some(frame);
        let mut stages = vec![(Stage::Import, clock_of(wait), milliseconds(import))];
        stages.extend(self.show(segmented, wait, clock_of(wait))?);
        Ok(stages)
    }
}

impl OnDevice<OnCpu> {
    /// The frame is imported as part of its preprocessing.
    fn hand_over(&mut self, picture: &Picture, wait: Wait) -> Result<Vec<(Stage, Clock, f64)>, EngineError> {
        let segmented = pollster::block_on(self.engine.segment(picture, self.since))?;
        self.show(segmented, wait, Clock::Cpu)
    }
}

fn clock_of(wait: Wait) -> Clock {
    match wait {
        Wait::Encode => Clock::Cpu,
        Wait::Completed => Clock::Completed,
    }
}

fn settle(graphics: &Graphics, wait: Wait) {
    if wait == Wait::Completed {
        pollster::block_on(graphics.completed());
    }
}
