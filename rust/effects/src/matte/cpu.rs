//! CPU twin of the stage `matte`.

use crate::bilinear::{Mix, sample};
use crate::picture::to_level;
use crate::{EffectError, Size};

/// How probably each pixel is the person, in 255ths, rows from the top.
pub(crate) struct Matte {
    pub size: Size,
    pub levels: Vec<u8>,
}

impl Matte {
    /// Makes a matte from the network's person probabilities `[1, height, width, 1]`; values that are not finite count
    /// as background.
    pub fn new(probability: &[f32], size: Size) -> Result<Self, EffectError> {
        size.check("mask", Size::MAX_SIDE)?;
        let (expected, found) = (size.pixels(), probability.len());
        if found != expected {
            return Err(EffectError::ProbabilityCount { size, expected, found });
        }
        let level = |&person: &f32| if person.is_finite() { to_level(person) } else { 0 };
        Ok(Self { size, levels: probability.iter().map(level).collect() })
    }

    /// How much of a place is person.
    pub fn person(&self, across: Mix, down: Mix) -> f32 {
        let probability = |level: u8| [f32::from(level) / 255.0];
        let [probability] = sample(&self.levels, self.size.width as usize, across, down, probability);
        soft_step(probability)
    }
}

/// Pushes nearly certain probabilities all the way to 0 and 1: the cubic Hermite step (`smoothstep`) from 0.1 to 0.9.
///
/// A network is seldom wholly sure; without this the person would look faintly see-through and the background would
/// keep a shadow of the room. At 0.5 the step leaves the value as it is, so that the outline stays where it was.
/// Taken after the matte is enlarged, it also straightens the stairs that a linear filter makes of the outline.
pub(crate) fn soft_step(probability: f32) -> f32 {
    let t = ((probability - 0.1) / 0.8).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}
