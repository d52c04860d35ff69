//! Whole frames on the CPU, from samples in memory to samples in memory.

use std::time::{Duration, Instant};

use cyclorama_engine::{
    CpuEngine, EngineError,
    effects::{
        MattingOptions, Size,
        cpu::{PixelOrder, Planes, Sampling},
    },
};

use super::{
    clip::{self, Frame, INTERVAL},
    contender::{BACKGROUND, Stage},
    figure::Clock,
};
use crate::{arguments::FrameFormat, progress::milliseconds};

/// A model in an engine without a GPU, and the buffers of its frames. They keep their allocations.
pub(crate) struct OnCpu {
    engine: CpuEngine,
    format: FrameFormat,
    since: Option<Duration>,
    frame: Planes,
    output: Planes,
    /// Stays empty: the background is opaque.
    alpha: Vec<u8>,
    /// The output in the format of the frames.
    samples: Vec<u8>,
}

impl OnCpu {
    /// # Errors
    /// [`EngineError::Model`] if the bytes are not a supported model.
    pub(crate) fn new(model: &[u8]) -> Result<Self, EngineError> {
        let mut engine = pollster::block_on(CpuEngine::new(model))?;
        engine.set_background(&BACKGROUND)?;
        Ok(Self {
            engine,
            format: FrameFormat::I420,
            since: None,
            frame: Planes::default(),
            output: Planes::default(),
            alpha: Vec::new(),
            samples: Vec::new(),
        })
    }

    /// The size of the model's input.
    pub(crate) fn model_size(&self) -> Size {
        self.engine.segmenter().size()
    }

    /// Prepares for a new sequence of frames of this format.
    pub(crate) fn begin(&mut self, options: MattingOptions, format: FrameFormat) {
        self.engine.set_matting(options);
        self.format = format;
        self.since = None;
    }

    /// Processes a frame and returns the times of its stages.
    ///
    /// # Errors
    /// An error of the engine.
    pub(crate) fn process(&mut self, frame: &Frame) -> Result<Vec<(Stage, Clock, f64)>, EngineError> {
        let start = Instant::now();
        self.import(frame)?;
        let import = start.elapsed();
        let segmented = self.engine.segment(&self.frame, self.since)?;
        let times = segmented.composite(&mut self.output, &mut self.alpha)?;
        let composited = Instant::now();
        self.export();
        let output = composited.elapsed();
        self.since = Some(INTERVAL);
        let stages = [
            (Stage::Import, import),
            (Stage::Preprocess, times.preprocess),
            (Stage::Inference, times.inference),
            (Stage::Refine, times.refine),
            (Stage::Composite, times.composite),
            (Stage::Output, output),
        ];
        Ok(stages.map(|(stage, time)| (stage, Clock::Cpu, milliseconds(time))).to_vec())
    }

    /// Copies the samples of a frame, as `VideoFrame.copyTo` does.
    // A profiler finds the stage by this function: `npm run lab -- instructions`.
    #[inline(never)]
    fn import(&mut self, Frame { image, i420 }: &Frame) -> Result<(), EngineError> {
        match self.format {
            FrameFormat::I420 => {
                self.frame.reset(image.size(), Sampling::Half, clip::camera_colors())?;
                self.frame.bytes_mut().copy_from_slice(i420);
            }
            FrameFormat::Rgba => self.frame.read_rgba(image.size(), image.pixels(), PixelOrder::Rgba)?,
        }
        Ok(())
    }

    /// Copies the samples of the output, as `new VideoFrame` and `putImageData` do.
    // As for `import`.
    #[inline(never)]
    fn export(&mut self) {
        match self.format {
            FrameFormat::I420 => {
                self.samples.clear();
                self.samples.extend_from_slice(self.output.bytes());
            }
            FrameFormat::Rgba => {
                self.samples.resize(self.output.size().pixels() * 4, 0);
                self.output.write_rgba(None, &mut self.samples);
            }
        }
    }
}
