//! Averages over windows: the pooled context of the networks.

#[cfg(feature = "wgpu")]
mod cube;
mod flex;
#[cfg(test)]
mod reference;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::tensor::Tensor;

/// The backends' side of [`average_pool`].
#[backend_extension(Cube: cfg(feature = "wgpu"), Flex)]
pub trait AveragePoolOps: Backend {
    /// See [`average_pool`].
    fn average_pool(input: FloatTensor<Self>, window: [usize; 2], stride: [usize; 2]) -> FloatTensor<Self>;
}

/// The mean of each window that lies wholly inside the input (`VALID` padding).
///
/// - `input`: `[1, H, W, C]`
/// - `window`, `stride`: height and width, in pixels; the window is no larger than the input
/// - result: `[1, (H - window) / stride + 1, ..., C]`; the whole input as window gives `[1, 1, 1, C]`
pub fn average_pool(input: Tensor<4>, window: [usize; 2], stride: [usize; 2]) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as AveragePoolOps>::average_pool(input.into_dispatch(), window, stride))
}

/// Windows along one axis.
fn windows(size: usize, window: usize, stride: usize) -> usize {
    (size - window) / stride + 1
}
