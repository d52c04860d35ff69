//! CPU twin of the stage `matte`.

use crate::picture::to_level;
use crate::{EffectError, Size};

/// Probabilities up to here are background. Kept in sync with `matte.wgsl`.
const CERTAIN_BACKGROUND: f32 = 0.1;
/// Probabilities from here on are person. Kept in sync with `matte.wgsl`.
const CERTAIN_PERSON: f32 = 0.9;

/// How much of each pixel is person, in 255ths, rows from the top.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matte {
    pub(crate) size: Size,
    pub(crate) levels: Vec<u8>,
}

impl Matte {
    /// Makes a matte from the network's person probabilities `[1, height, width, 1]`.
    ///
    /// Values that are not finite count as background; the rest goes through [`soft_step`].
    ///
    /// # Errors
    /// [`EffectError::EmptySize`], [`EffectError::SizeAboveLimit`] or [`EffectError::ProbabilityCount`].
    pub fn new(probability: &[f32], size: Size) -> Result<Self, EffectError> {
        size.check("mask", Size::MAX_SIDE)?;
        let (expected, found) = (size.pixels(), probability.len());
        if found != expected {
            return Err(EffectError::ProbabilityCount { size, expected, found });
        }
        let level = |&person: &f32| to_level(soft_step(if person.is_finite() { person } else { 0.0 }));
        Ok(Self { size, levels: probability.iter().map(level).collect() })
    }

    /// Width and height.
    pub fn size(&self) -> Size {
        self.size
    }

    /// 0 = background, 255 = person; one byte a pixel.
    pub fn levels(&self) -> &[u8] {
        &self.levels
    }
}

/// Pushes nearly certain probabilities all the way to 0 and 1: the cubic Hermite step (`smoothstep`) from 0.1 to 0.9.
///
/// A network is seldom wholly sure; without this the person would look faintly see-through and the background would
/// keep a shadow of the room. At 0.5 the step leaves the value as it is, so that the outline stays where it was.
pub fn soft_step(probability: f32) -> f32 {
    let t = ((probability - CERTAIN_BACKGROUND) / (CERTAIN_PERSON - CERTAIN_BACKGROUND)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}
