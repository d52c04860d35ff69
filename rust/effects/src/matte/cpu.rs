//! The alpha matte in memory.

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
    /// Takes a mask of any size, usually the frame's: the probability of a person at each pixel, from 0 to 255. The mean
    /// colors around each pixel are those of `previous`, the model's mask.
    ///
    /// # Errors
    /// [`EffectError::ValueCount`], or a size out of range. The matte does not change then.
    pub fn set_probability(
        &mut self,
        size: Size,
        probability: &[u8],
        previous: &Self,
    ) -> Result<(), EffectError> {
        size.check("mask", Size::MAX_SIDE)?;
        let (what, expected, found) = ("person probability", size.pixels(), probability.len());
        if found != expected {
            return Err(EffectError::ValueCount { what, size, expected, found });
        }
        self.mask = previous.mask;
        self.foreground.clone_from(&previous.foreground);
        self.background.clone_from(&previous.background);
        self.set_coefficients(size, probability.iter().map(|level| f32::from(*level) / 255.0));
        Ok(())
    }

    /// Sets probabilities that do not depend on the color.
    pub(crate) fn set_coefficients(&mut self, size: Size, probability: impl Iterator<Item = f32>) {
        self.size = size;
        self.coefficients.clear();
        self.coefficients.extend(probability.map(|value| [0.0, 0.0, 0.0, value]));
    }
}

/// The alpha of a probability: the reference for the vectors of [`samples`](super::samples).
#[cfg(all(test, feature = "wgpu"))]
pub(crate) fn to_alpha(probability: f32) -> f32 {
    let t = ((probability - super::STEP[0]) / (super::STEP[1] - super::STEP[0])).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}
