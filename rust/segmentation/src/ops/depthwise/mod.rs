//! A depthwise convolution: one filter per channel.

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

/// The options of [`depthwise`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DepthwiseOptions {
    /// Stride in both directions.
    pub stride: usize,
    /// Distance between the pixels under a filter. Above 1 only with a stride of 1 and without `add_input`.
    pub dilation: usize,
    /// The activation after the bias.
    pub activation: Activation,
    /// Whether the input is added to the result, which needs a stride of 1.
    pub add_input: bool,
}

/// The backends' implementations of [`depthwise`].
#[backend_extension(Cube: cfg(feature = "wgpu"), Flex)]
pub(crate) trait DepthwiseOps: Backend {
    /// See [`depthwise`].
    fn depthwise(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        options: DepthwiseOptions,
    ) -> FloatTensor<Self>;
}

/// `activation(depthwise_conv2d(input, weight) + bias)` with `SAME` padding, plus the input if `add_input` is set.
///
/// - `input`: `[1, H, W, C]`
/// - `weight`: `[K, K, C]`; on the CPU `K` is 3 or 5 and the stride 1 or 2
/// - `bias`: `[C]`
/// - result: `[1, ceil(H / stride), ceil(W / stride), C]`
pub fn depthwise(
    input: Tensor<4>,
    weight: Tensor<3>,
    bias: Tensor<1>,
    options: DepthwiseOptions,
) -> Tensor<4> {
    let DepthwiseOptions { stride, dilation, add_input, .. } = options;
    debug_assert!(
        dilation == 1 || (stride == 1 && !add_input),
        "a dilated depthwise convolution has a stride of 1 and does not add its input"
    );
    debug_assert!(stride == 1 || !add_input, "only a depthwise convolution of stride 1 can add its input");
    #[cfg(all(test, feature = "wgpu"))]
    super::wgsl_test::record(|tiling, half| {
        use super::wgsl_test::Described;
        let [weight, bias] =
            [weight.dims().to_vec(), bias.dims().to_vec()].map(|dims| Described::new(dims, half));
        cube::launch(Described::of(&input), weight, bias, options, tiling)
    });
    Tensor::from_dispatch(<Dispatch as DepthwiseOps>::depthwise(
        input.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
        options,
    ))
}
