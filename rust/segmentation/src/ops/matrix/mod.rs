//! The weights of matrix products, in the order in which a backend reads them.

#[cfg(feature = "wgpu")]
mod cube;
mod flex;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::tensor::Tensor;

/// The backends' side of [`pack`].
#[backend_extension(Cube: cfg(feature = "wgpu"), Flex)]
pub trait MatrixOps: Backend {
    /// See [`pack`].
    fn pack(weight: FloatTensor<Self>) -> FloatTensor<Self>;
}

/// A weight `[I, O]` as the operators take it that multiply by matrices. Done once, when a network is imported: what
/// comes back has a shape of its backend's own.
pub fn pack(weight: Tensor<2>) -> Tensor<2> {
    Tensor::from_dispatch(<Dispatch as MatrixOps>::pack(weight.into_dispatch()))
}
