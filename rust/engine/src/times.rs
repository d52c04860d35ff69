use std::time::Duration;

/// What the engine's stage times measure. All are wall-clock times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clock {
    /// Until a stage's work was handed to the GPU, which may still be at it: what the stage costs the calling thread.
    #[default]
    Encode,
    /// Until the GPU completed the stage's work. Waiting after each stage costs throughput: for measuring.
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
