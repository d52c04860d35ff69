//! CPU twin of the shader functions of a matte.

use crate::Size;
use crate::bilinear::{Mix, sample};

/// A frame's matte in memory, as [`matting::cpu::Matting`](crate::matting::cpu::Matting) made it.
#[derive(Debug, Clone)]
pub struct Matte {
    /// Size of the coefficients.
    pub(crate) size: Size,
    /// Weights of red, green and blue, and the offset.
    pub(crate) coefficients: Vec<[f32; 4]>,
    /// Size of the colours.
    pub(crate) mask: Size,
    /// The mean colour of the person around each pixel of the mask, and how much person there is.
    pub(crate) foreground: Vec<[f32; 4]>,
    /// The mean colour of the background around each pixel of the mask.
    pub(crate) background: Vec<[f32; 3]>,
}

impl Matte {
    /// How much of a place with this colour is shown as person.
    pub(crate) fn person(&self, across: Mix, down: Mix, color: [f32; 3]) -> f32 {
        step(self.probability(across, down, color))
    }

    /// How probably a place with this colour is the person; not held to 0 and 1.
    pub(crate) fn probability(&self, across: Mix, down: Mix, color: [f32; 3]) -> f32 {
        let width = self.size.width as usize;
        let [r, g, b, offset] = sample(&self.coefficients, width, across, down, |pixel| pixel);
        r * color[0] + g * color[1] + b * color[2] + offset
    }
}

/// The cubic Hermite step (`smoothstep`) from 0.2 to 0.9.
pub(crate) fn step(value: f32) -> f32 {
    let t = ((value - 0.2) / 0.7).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}
