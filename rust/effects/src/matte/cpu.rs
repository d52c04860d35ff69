//! CPU twin of the shader functions of a matte.

use super::STEP;
use crate::Size;
use crate::bilinear::{Mix, sample};

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

impl Matte {
    /// Returns the alpha of a place with this color.
    pub(crate) fn alpha(&self, across: Mix, down: Mix, color: [f32; 3]) -> f32 {
        to_alpha(self.probability(across, down, color))
    }

    /// Returns the probability of a person at a place with this color, not clamped to `[0, 1]`.
    pub(crate) fn probability(&self, across: Mix, down: Mix, color: [f32; 3]) -> f32 {
        let width = self.size.width as usize;
        let [r, g, b, offset] = sample(&self.coefficients, width, across, down, |pixel| pixel);
        r * color[0] + g * color[1] + b * color[2] + offset
    }
}

/// The cubic Hermite step (`smoothstep`) from probability to alpha.
pub(crate) fn to_alpha(probability: f32) -> f32 {
    let t = ((probability - STEP[0]) / (STEP[1] - STEP[0])).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}
