//! The alpha matte in memory.

use crate::Size;

/// The matte of one frame in memory, made by [`Matting`](crate::cpu::Matting).
#[derive(Debug, Clone)]
pub struct Matte {
    /// Size of the coefficients.
    pub(crate) size: Size,
    /// Weights of red, green and blue, and the offset.
    pub(crate) coefficients: Vec<[f32; 4]>,
    /// Size of the colors.
    pub(crate) mask: Size,
    /// The mean foreground color around each pixel of the mask, and the mean probability of a person.
    pub(crate) foreground: Vec<[f32; 4]>,
    /// The mean background color around each pixel of the mask.
    pub(crate) background: Vec<[f32; 3]>,
}

/// The alpha of a probability: the reference for the vectors of [`samples`](super::samples).
#[cfg(all(test, feature = "wgpu"))]
pub(crate) fn to_alpha(probability: f32) -> f32 {
    let t = ((probability - super::STEP[0]) / (super::STEP[1] - super::STEP[0])).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}
