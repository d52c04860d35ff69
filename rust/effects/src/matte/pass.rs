//! The GPU pass of the stage `matte`.

use super::STEP;
use crate::EffectError;
use crate::gpu::wgsl::{constants, include_wgsl};
use crate::gpu::{check_sampled, view};

/// The shader functions of a matte, for the stages that read one.
pub(crate) fn source() -> String {
    constants!(STEP) + include_wgsl!("matte.wgsl")
}

/// The matte of one frame on the GPU, made there by [`Matting`](crate::Matting) or uploaded by
/// [`MatteUpload`](crate::MatteUpload). The next frame reuses its textures.
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
