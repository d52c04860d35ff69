//! One network on one backend, and how long its frames take.

use std::{
    thread,
    time::{Duration, Instant},
};

use cyclorama_engine::{
    Clock as Wait, ComputeContext, Engine, EngineError, GpuContext, OnCpu, OnGpu, Segmentation, Segmented,
    StageTimings, Stills,
    effects::{Background, BlurStrength, Image as Picture, MattingOptions, Refinement, Size},
};
use serde::Serialize;
use wgpu::{DeviceType, TextureUsages};

use super::{clip::INTERVAL, figure::Clock};
use crate::{arguments::ClockName, progress::milliseconds};

/// How long timestamps may take to come back once the GPU is done.
const PATIENCE: Duration = Duration::from_secs(1);

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
    pub(crate) fn on_wgpu(gpu: &ComputeContext, model: &[u8]) -> Result<Self, EngineError> {
        let engine = pollster::block_on(Engine::on_gpu(gpu.clone(), model, GpuContext::IMAGE_FORMAT))?;
        Ok(Self::Wgpu(OnDevice::new(engine)?))
    }

    /// # Errors
    /// As [`Contender::on_wgpu`].
    pub(crate) fn on_cpu_and_wgpu(graphics: &GpuContext, model: &[u8]) -> Result<Self, EngineError> {
        let engine = pollster::block_on(Engine::on_cpu(graphics.clone(), model, GpuContext::IMAGE_FORMAT))?;
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

    /// Whether weights are stored with 16 bits.
    pub(crate) fn has_half_weights(&self) -> bool {
        match self {
            Self::Wgpu(on_device) => on_device.engine.segmenter().has_half_weights(),
            Self::CpuAndWgpu(_) | Self::Cpu { .. } => false,
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

    /// Takes a frame all the way, and gives the times of its stages on the GPU by `clock`. None where no stage is the GPU's.
    ///
    /// # Errors
    /// As [`Contender::frame`].
    pub(crate) fn frame_by_stages(
        &mut self,
        picture: &Picture,
        clock: ClockName,
    ) -> Result<Option<FrameTimes>, EngineError> {
        let stages = match self {
            Self::Wgpu(on_device) => by_stages(on_device, picture, clock)?,
            Self::CpuAndWgpu(on_device) => by_stages(on_device, picture, clock)?,
            Self::Cpu { .. } => return Ok(None),
        };
        Ok(Some(FrameTimes { stages, whole: None }))
    }

    /// Takes a frame as far as the calling thread has to do with it.
    ///
    /// # Errors
    /// As [`Contender::frame`].
    pub(crate) fn hand_over(&mut self, picture: &Picture) -> Result<Vec<(Stage, Clock, f64)>, EngineError> {
        match self {
            Self::Wgpu(on_device) => Ok(on_device.hand_over(picture, Wait::Cpu)?.stages),
            Self::CpuAndWgpu(on_device) => Ok(on_device.hand_over(picture, Wait::Cpu)?.stages),
            Self::Cpu { stills, since } => {
                let (_, times) = pollster::block_on(stills.composite(picture, &BACKGROUND, *since))?;
                *since = Some(INTERVAL);
                let mut stages = segmentation_stages(times, Clock::Cpu).to_vec();
                stages.push((Stage::Composite, Clock::Cpu, milliseconds(times.composite)));
                Ok(stages)
            }
        }
    }

    /// Waits until all frames that were handed over are pictures.
    ///
    /// # Errors
    /// What the GPU reported meanwhile.
    pub(crate) fn complete(&mut self) -> Result<(), EngineError> {
        match self {
            Self::Wgpu(on_device) => on_device.complete(),
            Self::CpuAndWgpu(on_device) => on_device.complete(),
            Self::Cpu { .. } => Ok(()),
        }
    }
}

impl<S: Segmentation> OnDevice<S> {
    fn complete(&mut self) -> Result<(), EngineError> {
        pollster::block_on(self.engine.gpu_context().completed());
        self.engine.check()
    }

    fn new(mut engine: Engine<S>) -> Result<Self, EngineError> {
        engine.set_background(&BACKGROUND)?;
        Ok(Self { engine: Box::new(engine), frame: None, output: None, since: None })
    }

    fn begin(&mut self, options: MattingOptions, size: Size) -> Result<(), EngineError> {
        self.engine.set_matting(options);
        let output = self.engine.gpu_context().texture(size, TextureUsages::RENDER_ATTACHMENT)?;
        self.output = Some(output.create_view(&wgpu::TextureViewDescriptor::default()));
        self.since = None;
        Ok(())
    }

    /// Shows a segmented frame. Its times are by the wall clock of the thread, and until the GPU was done with [`Wait::Completed`].
    fn show(&mut self, segmented: Segmented, wait: Wait) -> Result<HandedOver, EngineError> {
        let number = segmented.number;
        let mut stages = segmentation_stages(segmented.cpu, Clock::Cpu).to_vec();
        if let Some(completed) = segmented.completed {
            stages.extend(segmentation_stages(completed, Clock::Completed));
        }
        let output = self.output.as_ref().expect("frames begin with their output");
        let start = Instant::now();
        self.engine.composite(segmented, output)?;
        stages.push((Stage::Composite, Clock::Cpu, milliseconds(start.elapsed())));
        if wait == Wait::Completed {
            pollster::block_on(self.engine.gpu_context().completed());
            stages.push((Stage::Composite, Clock::Completed, milliseconds(start.elapsed())));
        }
        self.since = Some(INTERVAL);
        Ok(HandedOver { number, stages })
    }

    /// The stages of frame `number` by the GPU's timestamps, for which the GPU has nothing more to do; none if they were lost.
    fn timestamps(&self, number: u64) -> Vec<(Stage, Clock, f64)> {
        let Some(timestamps) = self.engine.timestamps() else { return Vec::new() };
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if let Some(times) = timestamps.collect().into_iter().find(|times| times.number == number) {
                let stages = [
                    (Stage::Import, times.import),
                    (Stage::Preprocess, times.preprocess),
                    (Stage::Inference, times.inference),
                    (Stage::Refine, times.refine),
                    (Stage::Composite, times.composite),
                ];
                let known = stages.into_iter().filter_map(|(stage, time)| Some((stage, time?)));
                return known.map(|(stage, time)| (stage, Clock::Gpu, milliseconds(time))).collect();
            }
            thread::yield_now();
        }
        Vec::new()
    }
}

/// An engine that frames in memory can be handed over to.
trait HandOver {
    fn hand_over(&mut self, picture: &Picture, wait: Wait) -> Result<HandedOver, EngineError>;
}

/// A frame that the calling thread has done with.
struct HandedOver {
    number: u64,
    stages: Vec<(Stage, Clock, f64)>,
}

impl HandOver for OnDevice<OnGpu> {
    fn hand_over(&mut self, picture: &Picture, wait: Wait) -> Result<HandedOver, EngineError> {
        let start = Instant::now();
        let graphics = self.engine.gpu_context();
        let frame = graphics.upload(picture, self.frame.take())?;
        let mut import = vec![(Stage::Import, Clock::Cpu, milliseconds(start.elapsed()))];
        if wait == Wait::Completed {
            // What was written to a texture goes with the next submission, whatever that is.
            graphics.queue().submit([]);
            pollster::block_on(graphics.completed());
            import.push((Stage::Import, Clock::Completed, milliseconds(start.elapsed())));
        }
        let segmented = pollster::block_on(self.engine.segment(&frame, self.since, wait))?;
        self.frame = Some(frame);
        let HandedOver { number, mut stages } = self.show(segmented, wait)?;
        stages.extend(import);
        Ok(HandedOver { number, stages })
    }
}

impl HandOver for OnDevice<OnCpu> {
    /// The frame is imported as part of its preprocessing.
    fn hand_over(&mut self, picture: &Picture, wait: Wait) -> Result<HandedOver, EngineError> {
        let segmented = pollster::block_on(self.engine.segment(picture, self.since))?;
        self.show(segmented, wait)
    }
}

/// See [`Contender::frame_by_stages`]. What the thread did is known from frames that nothing was waited for in.
fn by_stages<S: Segmentation>(
    on_device: &mut OnDevice<S>,
    picture: &Picture,
    clock: ClockName,
) -> Result<Vec<(Stage, Clock, f64)>, EngineError>
where
    OnDevice<S>: HandOver,
{
    let graphics = on_device.engine.gpu_context();
    let software = graphics.adapter().get_info().device_type == DeviceType::Cpu;
    let wanted = clock == ClockName::Gpu || clock == ClockName::Auto && !software;
    if on_device.engine.request_timestamps(wanted) || clock == ClockName::Gpu {
        let HandedOver { number, .. } = on_device.hand_over(picture, Wait::Cpu)?;
        pollster::block_on(on_device.engine.gpu_context().completed());
        return Ok(on_device.timestamps(number));
    }
    let HandedOver { mut stages, .. } = on_device.hand_over(picture, Wait::Completed)?;
    stages.retain(|(_, clock, _)| *clock == Clock::Completed);
    Ok(stages)
}

/// The stages up to the matte.
fn segmentation_stages(times: StageTimings, clock: Clock) -> [(Stage, Clock, f64); 3] {
    let StageTimings { preprocess, inference, refine, .. } = times;
    [
        (Stage::Preprocess, clock, milliseconds(preprocess)),
        (Stage::Inference, clock, milliseconds(inference)),
        (Stage::Refine, clock, milliseconds(refine)),
    ]
}
