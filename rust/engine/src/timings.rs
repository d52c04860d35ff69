use std::time::Duration;

/// A second clock for the stages, besides that of the calling thread. For GPU timestamps see
/// [`Engine::request_timestamps`](crate::Engine::request_timestamps).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clock {
    /// Only the wall clock of the calling thread, until a stage's work is recorded. The GPU may still be working.
    #[default]
    Cpu,
    /// Also the wall clock until the GPU completed each stage's work. For measurements: the wait after each stage costs
    /// throughput.
    Completed,
}

/// Wall-clock times of one frame's stages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StageTimings {
    /// Resizing and normalizing the frame into the model's input.
    pub preprocess: Duration,
    /// The segmentation model.
    pub inference: Duration,
    /// From the model's mask to a matte: temporal smoothing and edge refinement.
    pub refine: Duration,
    /// Background and the final mix.
    pub composite: Duration,
}

/// Times of one frame's stages by the GPU's clock, from the beginning of a stage's first pass to the end of its last.
/// `None` for a stage that the frame skipped, that is not a GPU pass of the engine, or whose timestamps are implausible.
///
/// Browsers round timestamps (Chromium to 100 µs). The time of a short stage varies between 0 and more, and its mean is
/// right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GpuTimes {
    /// The number of the frame: [`Composited::number`](crate::Composited::number).
    pub number: u64,
    /// Importing the frame into a texture, if the caller does that in a timed pass.
    pub import: Option<Duration>,
    /// Resizing and normalizing the frame into the model's input.
    pub preprocess: Option<Duration>,
    /// The segmentation model.
    pub inference: Option<Duration>,
    /// From the model's mask to a matte: temporal smoothing and edge refinement.
    pub refine: Option<Duration>,
    /// Background and the final mix.
    pub composite: Option<Duration>,
}
