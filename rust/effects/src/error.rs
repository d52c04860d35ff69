use crate::Size;

/// Why an image, a mask or a GPU resource cannot be used, and what can be used instead.
///
/// Every check runs before anything is recorded: a call that fails leaves the encoder unchanged.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EffectError {
    /// A side of zero pixels.
    #[error("the {what} is {size}: both sides must be at least 1 pixel")]
    EmptySize {
        /// The object with this size.
        what: &'static str,
        /// Its size.
        size: Size,
    },
    /// A side longer than the filter arithmetic or the device allows.
    #[error("the {what} is {size}, more than {limit} pixels a side: scale it down first")]
    SizeAboveLimit {
        /// The object with this size.
        what: &'static str,
        /// Its size.
        size: Size,
        /// Maximum side, in pixels.
        limit: u32,
    },
    /// Pixel data whose length does not match its size.
    #[error("an image of {size} takes {expected} bytes of {format}, but has {found}")]
    PixelCount {
        /// The declared size of the image.
        size: Size,
        /// The pixel format.
        format: &'static str,
        /// Bytes that this size takes.
        expected: usize,
        /// Bytes found.
        found: usize,
    },
    /// Values of the model whose number does not match the mask's size.
    #[error("a mask of {size} takes {expected} values of {what}, but has {found}")]
    ValueCount {
        /// What the values are.
        what: &'static str,
        /// The declared size of the mask.
        size: Size,
        /// Values that this size takes.
        expected: usize,
        /// Values found.
        found: usize,
    },
    /// A blur radius that is not a number or out of range.
    #[error("a blur radius of {radius} is out of range: give more than 0 and at most {limit}")]
    Radius {
        /// The requested radius.
        radius: f32,
        /// The largest radius that is accepted: [`Background::MAX_RADIUS`](crate::Background::MAX_RADIUS).
        limit: f32,
    },
    /// A position that is not a number or out of range.
    #[error("a position of {}, {} is out of range: give two numbers from 0 to 1", position[0], position[1])]
    Position {
        /// The requested position, across and down.
        position: [f32; 2],
    },
    /// A strength of light wrapping that is not a number or out of range.
    #[error("a light wrap of {strength} is out of range: give 0 to 1")]
    LightWrap {
        /// The requested strength.
        strength: f32,
    },
    /// A buffer binding that is shorter than its data.
    #[cfg(feature = "wgpu")]
    #[error("the {what} takes {needed} bytes, but its buffer binding holds {found}")]
    BindingTooSmall {
        /// The content of the buffer.
        what: &'static str,
        /// Bytes needed.
        needed: u64,
        /// Bytes from the binding's offset to its end.
        found: u64,
    },
    /// A buffer binding at an offset that the device cannot bind.
    #[cfg(feature = "wgpu")]
    #[error(
        "the {what} starts at byte {offset} of its buffer, which is not a multiple of {alignment}, as this device needs"
    )]
    BindingOffset {
        /// The content of the buffer.
        what: &'static str,
        /// The binding's offset in bytes.
        offset: u64,
        /// The device's `min_storage_buffer_offset_alignment`.
        alignment: u32,
    },
    /// A buffer without `BufferUsages::STORAGE`.
    #[cfg(feature = "wgpu")]
    #[error("the buffer of the {what} lacks the usage STORAGE")]
    BufferUsage {
        /// The content of the buffer.
        what: &'static str,
    },
    /// A texture without a usage that the pass needs.
    #[cfg(feature = "wgpu")]
    #[error("the texture of the {what} lacks the usage {needed:?}")]
    TextureUsage {
        /// The content of the texture.
        what: &'static str,
        /// The missing usage.
        needed: wgpu::TextureUsages,
    },
    /// A texture that is not a single two-dimensional image.
    #[cfg(feature = "wgpu")]
    #[error("the texture of the {what} must be two-dimensional, with one layer and one sample a pixel")]
    TextureShape {
        /// The content of the texture.
        what: &'static str,
    },
    /// A texture format that cannot be sampled with a linear filter.
    #[cfg(feature = "wgpu")]
    #[error(
        "the texture of the {what} has the format {format:?}, which a linear filter cannot read: use Rgba8Unorm"
    )]
    TextureFormat {
        /// The content of the texture.
        what: &'static str,
        /// Its format.
        format: wgpu::TextureFormat,
    },
    /// An output format that cannot hold the sRGB-encoded colors that the passes write.
    #[cfg(feature = "wgpu")]
    #[error(
        "the output format {format:?} is not a renderable, non-sRGB color format: use Rgba8Unorm or Bgra8Unorm"
    )]
    OutputFormat {
        /// The requested format.
        format: wgpu::TextureFormat,
    },
    /// An output texture whose format differs from that of the compositor.
    #[cfg(feature = "wgpu")]
    #[error("the output is {found:?}, but the compositor writes {expected:?}")]
    OutputMismatch {
        /// The format given to [`Compositor::new`](crate::Compositor::new).
        expected: wgpu::TextureFormat,
        /// The format of the output texture.
        found: wgpu::TextureFormat,
    },
    /// An output whose size differs from the frame's.
    #[cfg(feature = "wgpu")]
    #[error("the output is {output}, but the frame is {frame}: give an output of the frame's size")]
    OutputSize {
        /// The frame's size.
        frame: Size,
        /// The output's size.
        output: Size,
    },
}

impl Size {
    /// Checks that neither side is zero or longer than `limit`. `what` names the object in the error.
    pub(crate) fn check(self, what: &'static str, limit: u32) -> Result<(), EffectError> {
        let limit = limit.min(Self::MAX_SIDE);
        if self.width == 0 || self.height == 0 {
            return Err(EffectError::EmptySize { what, size: self });
        }
        if self.width > limit || self.height > limit {
            return Err(EffectError::SizeAboveLimit { what, size: self, limit });
        }
        Ok(())
    }
}
