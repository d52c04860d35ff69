//! A dense convolution: the network's first layer, which meets the picture's three channels.

#[cfg(feature = "wgpu")]
mod cube;
mod flex;
#[cfg(test)]
mod reference;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::tensor::Tensor;

use super::Activation;

/// The values that a network was trained to see in a picture, whose own are in [0, 1].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PixelRange {
    /// `x`
    ZeroToOne,
    /// `2x - 1`
    MinusOneToOne,
}

/// The backends' side of [`convolution`].
#[backend_extension(Cube: cfg(feature = "wgpu"), Flex)]
pub trait ConvolutionOps: Backend {
    /// See [`convolution`].
    fn convolution(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        stride: usize,
        range: PixelRange,
        activation: Activation,
    ) -> FloatTensor<Self>;
}

/// `activation(conv2d(input, weight) + bias)` with `SAME` padding: the zeros around the input are zeros in its `range`.
///
/// - `input`: `[1, H, W, I]`, any number of channels
/// - `weight`: `[K, K, I, O]`
/// - `bias`: `[O]`
/// - result: `[1, ceil(H / stride), ceil(W / stride), O]`
pub fn convolution(
    input: Tensor<4>,
    weight: Tensor<4>,
    bias: Tensor<1>,
    stride: usize,
    range: PixelRange,
    activation: Activation,
) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as ConvolutionOps>::convolution(
        input.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
        stride,
        range,
        activation,
    ))
}
