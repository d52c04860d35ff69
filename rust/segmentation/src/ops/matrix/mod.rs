//! Packs the weights of matrix products in the order in which a backend reads them.

#[cfg(feature = "wgpu")]
mod cube;
mod flex;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::tensor::Tensor;

/// The backends' implementations of [`pack`].
#[backend_extension(Cube: cfg(feature = "wgpu"), Flex)]
pub(crate) trait MatrixOps: Backend {
    /// See [`pack`].
    fn pack(weight: FloatTensor<Self>) -> FloatTensor<Self>;
}

/// Packs a weight `[I, O]` for the operators that compute matrix products. Called once, when a model is imported. The shape
/// of the result depends on the backend.
pub fn pack(weight: Tensor<2>) -> Tensor<2> {
    Tensor::from_dispatch(<Dispatch as MatrixOps>::pack(weight.into_dispatch()))
}
