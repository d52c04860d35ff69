//! A depthwise convolution: each channel with its own filter.

mod cpu;
#[cfg(feature = "wgpu")]
mod cube;
mod flex;
#[cfg(test)]
mod reference;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::tensor::Tensor;

use super::Activation;

/// The backends' side of [`depthwise`].
#[backend_extension(Cube: cfg(feature = "wgpu"), Flex)]
pub trait DepthwiseOps: Backend {
    /// See [`depthwise`].
    fn depthwise(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        stride: usize,
        dilation: usize,
        activation: Activation,
        add_input: bool,
    ) -> FloatTensor<Self>;
}

/// `activation(depthwise_conv2d(input, weight) + bias)` with `SAME` padding, plus the input itself where
/// `add_input` is set (which needs a stride of 1).
///
/// - `input`: `[1, H, W, C]`
/// - `weight`: `[K, K, C]`; on the CPU `K` is 3 or 5 and the stride 1 or 2
/// - `dilation`: how far apart the pixels under a filter lie; above 1 only with a stride of 1 and without `add_input`
/// - `bias`: `[C]`
/// - result: `[1, ceil(H / stride), ceil(W / stride), C]`
pub fn depthwise(
    input: Tensor<4>,
    weight: Tensor<3>,
    bias: Tensor<1>,
    stride: usize,
    dilation: usize,
    activation: Activation,
    add_input: bool,
) -> Tensor<4> {
    debug_assert!(
        dilation == 1 || (stride == 1 && !add_input),
        "a dilated depthwise convolution is nothing else"
    );
    debug_assert!(stride == 1 || !add_input, "only a depthwise convolution of stride 1 can add its input");
    Tensor::from_dispatch(<Dispatch as DepthwiseOps>::depthwise(
        input.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
        stride,
        dilation,
        activation,
        add_input,
    ))
}
