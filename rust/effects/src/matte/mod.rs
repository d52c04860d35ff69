//! The alpha matte: how much of each pixel of a frame belongs to the person.
//!
//! The probability of a person is a linear function of the pixel's color. Its coefficients vary slowly over the image, so
//! they are stored at the mask's size and upsampled bilinearly. A step then pushes nearly certain values to 0 and 1: a model
//! is rarely fully certain, and without the step the person would be slightly transparent and the room would show through
//! the background. Applied at full size, the step also smooths the staircase of a bilinearly upsampled outline. It lies
//! above the middle (0.2 to 0.9), because the models' outlines lie outside of the person more often than inside.

pub(crate) mod cpu;
#[cfg(test)]
mod test;
mod upload;

pub use upload::MatteUpload;

use crate::EffectError;
use crate::gpu::{check_sampled, view};
use crate::wgsl::constants;

/// The edges of the step from probability to alpha.
pub(crate) const STEP: [f32; 2] = [0.2, 0.9];

/// The shader functions of a matte, for the stages that read one.
pub(crate) fn source() -> String {
    constants!(STEP) + include_str!("matte.wgsl")
}

/// The matte of one frame on the GPU, made there by [`Matting`](crate::Matting) or uploaded by [`MatteUpload`]. The next
/// frame reuses its textures.
#[derive(Clone, PartialEq)]
pub struct Matte {
    /// Weights of red, green and blue, and the offset, of any size.
    pub(crate) coefficients: wgpu::TextureView,
    /// The mean foreground color around each pixel of the mask, and the mean probability of a person.
    pub(crate) foreground: wgpu::TextureView,
    /// The mean background color around each pixel of the mask.
    pub(crate) background: wgpu::TextureView,
}

impl Matte {
    /// Replaces the mask.
    ///
    /// `probability` has the probability of a person in its alpha and zero in its colors. It has any size, usually the
    /// frame's, and is a texture that a linear filter can read, with `TEXTURE_BINDING`. The mean colors around each pixel
    /// stay those of the previous mask.
    ///
    /// # Errors
    /// A texture that cannot be bound.
    pub fn with_probability(self, probability: &wgpu::Texture) -> Result<Self, EffectError> {
        check_sampled("mask", probability)?;
        // Zero as the weights of the colors, and the probability as the offset.
        Ok(Self { coefficients: view(probability), ..self })
    }
}
