//! What tells the person from the background at each pixel of a frame.
//!
//! How much of a pixel is person is a linear function of its colour, whose coefficients vary slowly over the picture: they
//! are kept at the mask's size and enlarged by a linear filter. A step then pushes nearly certain values to 0 and 1:
//! a network is seldom wholly sure, and without it the person would look faintly see-through and the background keep a shadow of
//! the room. Taken at full size, the step also straightens the stairs that a linear filter makes of an outline. It lies
//! above the middle (0.2 to 0.9), because the networks' outlines lie outside of the person more often than inside.

pub mod cpu;
#[cfg(test)]
mod test;
mod upload;

pub use upload::MatteUpload;

use crate::EffectError;
use crate::gpu::{check_sampled, view};

/// The shader function `person`, for the stages that look at a matte.
pub(crate) const SHADER: &str = include_str!("matte.wgsl");

/// A frame's matte on the GPU, as [`Matting`](crate::Matting) made it there or [`MatteUpload`] brought it there. Its textures
/// are used again for the next frame.
#[derive(Clone, PartialEq)]
pub struct Matte {
    /// Weights of red, green and blue, and the offset, of any size.
    pub(crate) coefficients: wgpu::TextureView,
    /// The mean colour of the person around each pixel of the mask, and how much person there is.
    pub(crate) foreground: wgpu::TextureView,
    /// The mean colour of the background around each pixel of the mask.
    pub(crate) background: wgpu::TextureView,
}

impl Matte {
    /// The same with another mask: `probability` has in its alpha how probably each pixel is the person, and zero in its
    /// colours. It is of any size and usually of the frame's; any texture that a linear filter can read, with
    /// `TEXTURE_BINDING`. The colours around the person's edge stay those of the mask before.
    ///
    /// # Errors
    /// A texture that cannot be bound.
    pub fn with_probability(self, probability: &wgpu::Texture) -> Result<Self, EffectError> {
        check_sampled("mask", probability)?;
        // No weight for any colour, and the probability as the offset.
        Ok(Self { coefficients: view(probability), ..self })
    }
}
