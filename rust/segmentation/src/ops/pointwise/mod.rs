//! A 1x1 convolution: four fifths of the network's arithmetic.

#[cfg(feature = "wgpu")]
mod cube;
mod flex;
#[cfg(test)]
mod reference;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::tensor::Tensor;

use super::{Activation, Optional};

/// The backends' side of [`pointwise`].
#[backend_extension(Cube: cfg(feature = "wgpu"), Flex)]
pub trait PointwiseOps: Backend {
    /// See [`pointwise`].
    fn pointwise(
        input: FloatTensor<Self>,
        #[extension_type] gate: Optional<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        #[extension_type] residual: Optional<Self>,
        activation: Activation,
    ) -> FloatTensor<Self>;
}

/// `activation((input * gate) · weight + bias) + residual`.
///
/// - `input`: `[1, H, W, I]`
/// - `gate`: `[1, h, w, I]`, stretched bilinearly (half-pixel centres) over the input; `[1, 1, 1, I]` is one factor
///   a channel
/// - `weight`: `[I, O]`, [packed](super::pack)
/// - `bias`: `[O]`
/// - `residual` and the result: `[1, H, W, O]`
pub fn pointwise(
    input: Tensor<4>,
    gate: Option<Tensor<4>>,
    weight: Tensor<2>,
    bias: Tensor<1>,
    residual: Option<Tensor<4>>,
    activation: Activation,
) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as PointwiseOps>::pointwise(
        input.into_dispatch(),
        gate.into(),
        weight.into_dispatch(),
        bias.into_dispatch(),
        residual.into(),
        activation,
    ))
}
