use crate::{Background, Size};

/// Why a picture, a mask or a GPU resource cannot be used, and what would do instead.
///
/// Every check is made before anything is recorded, so an encoder is untouched by a call that fails.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EffectError {
    /// A side of zero pixels.
    #[error("the {what} is {size}: both sides must be at least 1 pixel")]
    EmptySize {
        /// What was measured.
        what: &'static str,
        /// Its size.
        size: Size,
    },
    /// A side longer than the arithmetic or the device allows.
    #[error("the {what} is {size}, more than {limit} pixels a side: scale it down first")]
    SizeAboveLimit {
        /// What was measured.
        what: &'static str,
        /// Its size.
        size: Size,
        /// The longest side that is accepted, in pixels.
        limit: u32,
    },
    /// Pixel data whose length does not belong to its size.
    #[error("a picture of {size} takes {expected} bytes of RGBA, but {found} were given")]
    PixelCount {
        /// The size the picture was said to have.
        size: Size,
        /// Bytes that size takes.
        expected: usize,
        /// Bytes found.
        found: usize,
    },
    /// Values of the network whose number does not belong to the mask's size.
    #[error("a mask of {size} takes {expected} values of {what}, but {found} were given")]
    ValueCount {
        /// What the values are.
        what: &'static str,
        /// The size the mask was said to have.
        size: Size,
        /// Values that size takes.
        expected: usize,
        /// Values found.
        found: usize,
    },
    /// A blur radius that is not a number or out of range.
    #[error(
        "a blur radius of {radius} is out of range: give more than 0 and at most {}",
        Background::MAX_RADIUS
    )]
    Radius {
        /// The radius asked for.
        radius: f32,
    },
    /// A position that is not a number or out of range.
    #[error("a position of {}, {} is out of range: give two shares from 0 to 1", position[0], position[1])]
    Position {
        /// The position asked for, across and down.
        position: [f32; 2],
    },
    /// A strength of light wrapping that is not a number or out of range.
    #[error("a light wrap of {strength} is out of range: give 0 to 1")]
    LightWrap {
        /// The strength asked for.
        strength: f32,
    },
    /// A buffer binding that ends before the data does.
    #[error("the {what} takes {needed} bytes, but its buffer binding holds {found}")]
    BindingTooSmall {
        /// What the buffer holds.
        what: &'static str,
        /// Bytes needed.
        needed: u64,
        /// Bytes from the binding's offset to its end.
        found: u64,
    },
    /// A buffer binding at an offset that the device cannot bind.
    #[error(
        "the {what} starts at byte {offset} of its buffer, which is no multiple of the device's {alignment}"
    )]
    BindingOffset {
        /// What the buffer holds.
        what: &'static str,
        /// The binding's offset in bytes.
        offset: u64,
        /// The device's `min_storage_buffer_offset_alignment`.
        alignment: u32,
    },
    /// A buffer made without `BufferUsages::STORAGE`.
    #[error("the buffer of the {what} was made without the usage STORAGE")]
    BufferUsage {
        /// What the buffer holds.
        what: &'static str,
    },
    /// A texture made without the usage that its part here takes.
    #[error("the texture of the {what} was made without the usage {needed:?}")]
    TextureUsage {
        /// What the texture holds.
        what: &'static str,
        /// The missing usage.
        needed: wgpu::TextureUsages,
    },
    /// A texture that is not one plain two-dimensional image.
    #[error("the texture of the {what} must be two-dimensional, with one layer and one sample a pixel")]
    TextureShape {
        /// What the texture holds.
        what: &'static str,
    },
    /// A texture format that cannot be sampled with a linear filter.
    #[error(
        "the texture of the {what} has the format {format:?}, which no linear filter reads: use Rgba8Unorm"
    )]
    TextureFormat {
        /// What the texture holds.
        what: &'static str,
        /// Its format.
        format: wgpu::TextureFormat,
    },
    /// An output format that cannot hold the encoded colours that the passes write.
    #[error(
        "the output format {format:?} is not a renderable, non-sRGB colour format: use Rgba8Unorm or Bgra8Unorm"
    )]
    OutputFormat {
        /// The format asked for.
        format: wgpu::TextureFormat,
    },
    /// An output texture of another format than the compositor was made for.
    #[error("the output is {found:?}, but the compositor was made for {expected:?}")]
    OutputMismatch {
        /// The format given to [`Compositor::new`](crate::Compositor::new).
        expected: wgpu::TextureFormat,
        /// The output texture's own.
        found: wgpu::TextureFormat,
    },
    /// An output of another size than the frame.
    #[error("the output is {output}, but the frame is {frame}: give an output of the frame's size")]
    OutputSize {
        /// The frame's size.
        frame: Size,
        /// The output's size.
        output: Size,
    },
}
