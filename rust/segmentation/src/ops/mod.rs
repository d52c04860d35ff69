//! Fused operators: everything the networks compute, one folder each.
//!
//! An operator folder holds
//! - `mod.rs`: the [backend extension](burn::backend::backend_extension) trait and the function the network calls,
//! - `kernel.wgsl` and `cube.rs`: the kernel for burn's wgpu backend and its launch, with the feature `wgpu`,
//! - `flex.rs`: the loop for burn's CPU backend, and `cpu.rs` where its arithmetic fills a file of its own,
//! - `reference.rs`: the same in plain burn tensor operations, with the tests that hold all three together.
//!
//! Tensors are NHWC with a batch of one. On the GPU a thread works on four channels at a time; any number of channels
//! will do, but a multiple of four is read and written several times faster.

mod activation;
mod average_pool;
mod convolution;
mod depthwise;
mod enlargement;
mod flex;
mod gate;
#[cfg(feature = "wgpu")]
mod kernel;
mod matrix;
mod optional;
mod pointwise;
mod skip_fusion;
#[cfg(feature = "wgpu")]
mod template;
#[cfg(test)]
mod testing;
#[cfg(feature = "wgpu")]
mod tiling;
mod transposed_convolution;

pub use activation::Activation;
pub use average_pool::average_pool;
pub use convolution::{PixelRange, convolution};
pub use depthwise::depthwise;
pub use enlargement::{class_probability, enlarge};
pub use gate::{Join, gate};
pub use matrix::pack;
pub use optional::Optional;
pub use pointwise::pointwise;
pub use skip_fusion::skip_fusion;
#[cfg(feature = "wgpu")]
pub use tiling::Tiling;
pub use transposed_convolution::{Scores, transposed_convolution};

/// Padding before the first row or column of a `SAME` convolution, as TensorFlow computes it: the output has
/// `ceil(size / stride)` positions, and an odd total leaves the extra pixel at the end.
///
/// Source: <https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2>
pub(crate) const fn same_padding_before(size: usize, kernel: usize, stride: usize) -> usize {
    let covered = (size.div_ceil(stride) - 1) * stride + kernel;
    covered.saturating_sub(size) / 2
}
