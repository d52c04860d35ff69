//! CPU twin of the shader functions of a matte.

use super::STEP;
use crate::bilinear::{Mix, sample};
use crate::{EffectError, Size};

/// The matte of one frame in memory, made by [`Matting`](crate::cpu::Matting). The next frame reuses its memory.
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

/// The matte of a frame without a person.
impl Default for Matte {
    fn default() -> Self {
        let size = Size { width: 1, height: 1 };
        Self {
            size,
            coefficients: vec![[0.0; 4]],
            mask: size,
            foreground: vec![[0.0; 4]],
            background: vec![[0.0; 3]],
        }
    }
}

impl Matte {
    /// Replaces the mask by one of any size, usually the frame's: the probability of a person at each pixel, with 255 for
    /// certainty. The mean colors around each pixel stay those of the previous mask.
    ///
    /// # Errors
    /// [`EffectError::ValueCount`], or a size out of range. The matte does not change then.
    pub fn set_probability(&mut self, size: Size, probability: &[u8]) -> Result<(), EffectError> {
        size.check("mask", Size::MAX_SIDE)?;
        let (what, expected, found) = ("person probability", size.pixels(), probability.len());
        if found != expected {
            return Err(EffectError::ValueCount { what, size, expected, found });
        }
        self.set_coefficients(size, probability.iter().map(|level| f32::from(*level) / 255.0));
        Ok(())
    }

    /// Sets probabilities that do not depend on the color.
    pub(crate) fn set_coefficients(&mut self, size: Size, probability: impl Iterator<Item = f32>) {
        self.size = size;
        self.coefficients.clear();
        self.coefficients.extend(probability.map(|value| [0.0, 0.0, 0.0, value]));
    }

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
