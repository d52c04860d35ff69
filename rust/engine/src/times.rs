use std::time::Duration;

/// Which clock a frame is timed by, beside that of the calling thread, which always is. (GPU timestamps are asked for by
/// [`Engine::request_timestamps`](crate::Engine::request_timestamps).)
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clock {
    /// The calling thread's wall clock alone, until a stage's work was handed to the GPU, which may still be at it.
    #[default]
    Cpu,
    /// The wall clock until the GPU completed each stage's work, as well. Waiting after each stage costs throughput: for
    /// measuring.
    Completed,
}

/// Wall-clock times of one frame's stages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StageTimes {
    /// Resizing and normalising the frame into the network's input.
    pub preprocess: Duration,
    /// The segmentation network.
    pub inference: Duration,
    /// From the network's mask to a matte: steadied, and made to follow the picture's edges.
    pub refine: Duration,
    /// Background and the final mix.
    pub composite: Duration,
}

/// Times of one frame's stages by the GPU's own clock: from the beginning of a stage's first pass to the end of its last.
/// `None` for a stage that the frame did without, that is no GPU pass of ours, or whose timestamps cannot be right.
///
/// Browsers round timestamps (Chromium to 100 µs): a short stage's is 0 at one time and more at another, and their mean is
/// right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GpuTimes {
    /// Which frame: [`Segmented::number`](crate::Segmented::number).
    pub number: u64,
    /// Bringing the frame into a texture, where the caller does that in a pass and says so.
    pub import: Option<Duration>,
    /// Resizing and normalising the frame into the network's input.
    pub preprocess: Option<Duration>,
    /// The segmentation network.
    pub inference: Option<Duration>,
    /// From the network's mask to a matte: steadied, and made to follow the picture's edges.
    pub refine: Option<Duration>,
    /// Background and the final mix.
    pub composite: Option<Duration>,
}
