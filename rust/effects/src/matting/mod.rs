//! From the model's mask to an alpha matte that follows the frame's edges: the stages `mask_check`, `temporal_smoothing`,
//! and `guided` or `bilateral`.

pub(crate) mod cpu;
#[cfg(feature = "wgpu")]
pub(crate) mod pass;
#[cfg(all(test, feature = "wgpu"))]
mod test;

/// The longest side of a mask.
const MAX_SIDE: u32 = 1024;

/// The method that brings a mask from the model's size to the frame's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Refinement {
    /// Bilinear upsampling.
    None,
    /// A guided filter that follows the frame's colors: the best of the three on the demo's clip.
    #[default]
    Guided,
    /// Joint bilateral upsampling along the frame's colors.
    Bilateral,
}

/// Options of the matting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MattingOptions {
    /// Selects the edge refinement. Default: guided.
    pub refinement: Refinement,
    /// Whether masks are smoothed over time. Default: true.
    pub temporal_smoothing: bool,
}

impl Default for MattingOptions {
    fn default() -> Self {
        Self { refinement: Refinement::default(), temporal_smoothing: true }
    }
}
