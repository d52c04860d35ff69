//! One model on one backend, and the timings of its frames.

use std::{
    thread,
    time::{Duration, Instant},
};

use cyclorama_engine::{
    Clock as Wait, Composited, ComputeContext, Engine, EngineError, GpuContext, OnCpu, OnGpu, Segmentation,
    StageTimings,
    effects::{Background, BlurStrength, Image, MattingOptions, Refinement, Size},
};
use serde::Serialize;
use wgpu::{DeviceType, TextureUsages};

use super::{
    clip::{Frame, INTERVAL},
    figure::Clock,
    on_cpu,
};
use crate::{
    arguments::{ClockName, FrameFormat},
    progress::milliseconds,
};

/// Timeout for reading timestamps back once the GPU is done.
const TIMEOUT: Duration = Duration::from_secs(1);

/// The effect of every frame.
pub(crate) const BACKGROUND: Background = Background::Blur { radius: BlurStrength::Medium.radius() };

/// The stages of a frame, in order. Import is the upload from memory to the GPU, or the copy into the planes of the CPU. Output is the
/// copy out of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Stage {
    Import,
    Preprocess,
    Inference,
    Refine,
    Composite,
    Output,
}

/// The timings of one frame in milliseconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct FrameTimes {
    pub stages: Vec<(Stage, Clock, f64)>,
    /// From the frame in memory to the completed output. Only for frames without waits between stages.
    pub whole: Option<f64>,
}

/// A model prepared on its backend, with the state of its frames.
pub(crate) enum Contender {
    Wgpu(OnDevice<OnGpu>),
    CpuAndWgpu(OnDevice<OnCpu>),
    Cpu(Box<on_cpu::OnCpu>),
}

/// An engine that composites on the GPU.
pub(crate) struct OnDevice<S> {
    engine: Box<Engine<S>>,
    /// The texture that frames are uploaded to, unless the engine uploads them.
    frame: Option<wgpu::Texture>,
    output: Option<wgpu::TextureView>,
    since: Option<Duration>,
}

impl Contender {
    /// # Errors
    /// [`EngineError::Model`] if the bytes are not a supported model, [`EngineError::Gpu`] if the GPU cannot run it.
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
    /// [`EngineError::Model`] if the bytes are not a supported model.
    pub(crate) fn on_cpu(model: &[u8]) -> Result<Self, EngineError> {
        Ok(Self::Cpu(Box::new(on_cpu::OnCpu::new(model)?)))
    }

    /// The size of the model's input.
    pub(crate) fn model_size(&self) -> Size {
        match self {
            Self::Wgpu(on_device) => on_device.engine.segmenter().size(),
            Self::CpuAndWgpu(on_device) => on_device.engine.segmenter().size(),
            Self::Cpu(on_cpu) => on_cpu.model_size(),
        }
    }

    /// Whether weights are stored as float16.
    pub(crate) fn has_half_weights(&self) -> bool {
        match self {
            Self::Wgpu(on_device) => on_device.engine.segmenter().has_half_weights(),
            Self::CpuAndWgpu(_) | Self::Cpu(_) => false,
        }
    }

    /// Prepares for a new sequence of frames of this size. Only the CPU has a choice of formats: GPUs take RGBA.
    ///
    /// # Errors
    /// A size that exceeds the GPU's texture limit.
    pub(crate) fn begin(
        &mut self,
        refinement: Refinement,
        size: Size,
        format: FrameFormat,
    ) -> Result<(), EngineError> {
        let options = MattingOptions { refinement, ..MattingOptions::default() };
        match self {
            Self::Wgpu(on_device) => on_device.begin(options, size),
            Self::CpuAndWgpu(on_device) => on_device.begin(options, size),
            Self::Cpu(on_cpu) => {
                on_cpu.begin(options, format);
                Ok(())
            }
        }
    }

    /// Processes a frame and waits only for the completed output.
    ///
    /// # Errors
    /// An error of the engine or the GPU.
    pub(crate) fn frame(&mut self, frame: &Frame) -> Result<FrameTimes, EngineError> {
        let start = Instant::now();
        let stages = self.submit(frame)?;
        self.complete()?;
        Ok(FrameTimes { stages, whole: Some(milliseconds(start.elapsed())) })
    }

    /// Processes a frame and returns the timings of its stages on the GPU by `clock`. `None` if no stage runs on the GPU.
    ///
    /// # Errors
    /// As [`Contender::frame`].
    pub(crate) fn frame_by_stages(
        &mut self,
        frame: &Frame,
        clock: ClockName,
    ) -> Result<Option<FrameTimes>, EngineError> {
        let stages = match self {
            Self::Wgpu(on_device) => by_stages(on_device, &frame.image, clock)?,
            Self::CpuAndWgpu(on_device) => by_stages(on_device, &frame.image, clock)?,
            Self::Cpu(_) => return Ok(None),
        };
        Ok(Some(FrameTimes { stages, whole: None }))
    }

    /// Processes a frame without waiting for the GPU.
    ///
    /// # Errors
    /// As [`Contender::frame`].
    pub(crate) fn submit(&mut self, frame: &Frame) -> Result<Vec<(Stage, Clock, f64)>, EngineError> {
        match self {
            Self::Wgpu(on_device) => Ok(on_device.submit(&frame.image, Wait::Cpu)?.stages),
            Self::CpuAndWgpu(on_device) => Ok(on_device.submit(&frame.image, Wait::Cpu)?.stages),
            Self::Cpu(on_cpu) => on_cpu.process(frame),
        }
    }

    /// Waits until all submitted frames are completed.
    ///
    /// # Errors
    /// An error that the GPU reported meanwhile.
    pub(crate) fn complete(&mut self) -> Result<(), EngineError> {
        match self {
            Self::Wgpu(on_device) => on_device.complete(),
            Self::CpuAndWgpu(on_device) => on_device.complete(),
            Self::Cpu(_) => Ok(()),
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

    /// Segments and composites a frame. Its timings are wall-clock times of the thread and, with [`Wait::Completed`], until the
    /// GPU had completed.
    fn render(&mut self, frame: &S::Frame, wait: Wait) -> Result<Submitted, EngineError> {
        let output = self.output.as_ref().expect("`begin` creates the output");
        let segmented = pollster::block_on(self.engine.segment(frame, self.since, wait))?;
        let start = Instant::now();
        let Composited { number, cpu, completed, .. } = segmented.composite(output)?;
        let composite = start.elapsed();
        let mut stages = segmentation_stages(cpu, Clock::Cpu).to_vec();
        if let Some(completed) = completed {
            stages.extend(segmentation_stages(completed, Clock::Completed));
        }
        stages.push((Stage::Composite, Clock::Cpu, milliseconds(composite)));
        if wait == Wait::Completed {
            pollster::block_on(self.engine.gpu_context().completed());
            stages.push((Stage::Composite, Clock::Completed, milliseconds(start.elapsed())));
        }
        self.since = Some(INTERVAL);
        Ok(Submitted { number, stages })
    }

    /// The stages of frame `number` by GPU timestamps, after the GPU has completed it. Empty if the timestamps were lost.
    fn timestamps(&self, number: u64) -> Vec<(Stage, Clock, f64)> {
        let Some(timestamps) = self.engine.timestamps() else { return Vec::new() };
        let start = Instant::now();
        while start.elapsed() < TIMEOUT {
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

/// An engine that accepts frames in memory.
trait Submit {
    fn submit(&mut self, image: &Image, wait: Wait) -> Result<Submitted, EngineError>;
}

/// A frame that the calling thread has submitted.
struct Submitted {
    number: u64,
    stages: Vec<(Stage, Clock, f64)>,
}

impl Submit for OnDevice<OnGpu> {
    fn submit(&mut self, image: &Image, wait: Wait) -> Result<Submitted, EngineError> {
        let start = Instant::now();
        let graphics = self.engine.gpu_context();
        let frame = graphics.upload(image, self.frame.take())?;
        let mut import = vec![(Stage::Import, Clock::Cpu, milliseconds(start.elapsed()))];
        if wait == Wait::Completed {
            // Texture writes are executed with the next submission, even an empty one.
            graphics.queue().submit([]);
            pollster::block_on(graphics.completed());
            import.push((Stage::Import, Clock::Completed, milliseconds(start.elapsed())));
        }
        let Submitted { number, mut stages } = self.render(&frame, wait)?;
        self.frame = Some(frame);
        stages.extend(import);
        Ok(Submitted { number, stages })
    }
}

impl Submit for OnDevice<OnCpu> {
    /// Import is part of preprocessing.
    fn submit(&mut self, image: &Image, wait: Wait) -> Result<Submitted, EngineError> {
        self.render(image, wait)
    }
}

/// See [`Contender::frame_by_stages`]. CPU timings come from frames without waits.
fn by_stages<S: Segmentation>(
    on_device: &mut OnDevice<S>,
    image: &Image,
    clock: ClockName,
) -> Result<Vec<(Stage, Clock, f64)>, EngineError>
where
    OnDevice<S>: Submit,
{
    let graphics = on_device.engine.gpu_context();
    let software = graphics.adapter().get_info().device_type == DeviceType::Cpu;
    let wanted = clock == ClockName::Gpu || clock == ClockName::Auto && !software;
    if on_device.engine.request_timestamps(wanted) || clock == ClockName::Gpu {
        let Submitted { number, .. } = on_device.submit(image, Wait::Cpu)?;
        pollster::block_on(on_device.engine.gpu_context().completed());
        return Ok(on_device.timestamps(number));
    }
    let Submitted { mut stages, .. } = on_device.submit(image, Wait::Completed)?;
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
