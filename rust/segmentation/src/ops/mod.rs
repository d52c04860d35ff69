//! Fused operators: everything that the models compute, one folder each.
//!
//! An operator folder contains
//! - `mod.rs`: the [backend extension](burn::backend::backend_extension) trait and the function that layers call,
//! - `kernel.wgsl` and `cube.rs`: the kernel for burn's wgpu backend and its launch, with the feature `wgpu`,
//! - `flex.rs`: the loop for burn's CPU backend, with its arithmetic in `cpu.rs` if it is long,
//! - `reference.rs`: the same in plain burn tensor operations, with the tests that compare all three.
//!
//! Tensors are NHWC with a batch of one. On the GPU a thread works on four channels at a time. Any number of channels is
//! supported; a multiple of four is read and written several times faster.

mod activation;
mod avg_pool2d;
mod conv2d;
mod conv_transpose2d;
mod depthwise;
mod flex;
#[cfg(feature = "wgpu")]
mod kernel;
mod matrix;
mod optional;
mod pointwise;
#[cfg(feature = "wgpu")]
mod recording;
mod resize_bilinear;
mod skip_fusion;
mod squeeze_excite;
#[cfg(feature = "wgpu")]
mod template;
#[cfg(test)]
mod testing;
#[cfg(feature = "wgpu")]
mod tiling;
#[cfg(all(test, feature = "wgpu"))]
mod wgsl_test;

pub use activation::Activation;
pub use avg_pool2d::avg_pool2d;
pub use conv_transpose2d::{HeadOutput, conv_transpose2d};
pub use conv2d::{Conv2dOptions, PixelRange, conv2d};
pub use depthwise::{DepthwiseOptions, depthwise};
pub use matrix::pack;
pub use optional::Optional;
pub use pointwise::pointwise;
#[cfg(feature = "wgpu")]
pub use recording::{Dispatch, output_bytes, record};
pub use resize_bilinear::{class_probability, resize_bilinear};
pub use skip_fusion::skip_fusion;
pub use squeeze_excite::{GateInput, SqueezeExciteWeights, squeeze_excite};
#[cfg(feature = "wgpu")]
pub use tiling::Tiling;

/// Padding before the first row or column of a `SAME` convolution, as TensorFlow computes it. The output has
/// `ceil(size / stride)` positions; the extra pixel of an odd total is at the end.
///
/// Source: <https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2>
pub(crate) const fn same_padding_before(size: usize, kernel: usize, stride: usize) -> usize {
    let covered = (size.div_ceil(stride) - 1) * stride + kernel;
    covered.saturating_sub(size) / 2
}
