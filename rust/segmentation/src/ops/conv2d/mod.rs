//! A dense convolution: the first layer of a model, on the image's three channels.

#[cfg(feature = "wgpu")]
mod cube;
mod flex;
#[cfg(test)]
mod reference;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::tensor::Tensor;

use super::Activation;

/// The pixel values that a model was trained on. Images have values in [0, 1].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PixelRange {
    /// `x`
    ZeroToOne,
    /// `2x - 1`
    MinusOneToOne,
}

/// The options of [`conv2d`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conv2dOptions {
    /// Stride in both directions.
    pub stride: usize,
    /// The pixel values that the weights expect.
    pub range: PixelRange,
    /// The activation after the bias.
    pub activation: Activation,
}

/// The backends' implementations of [`conv2d`].
#[backend_extension(Cube: cfg(feature = "wgpu"), Flex)]
pub(crate) trait Conv2dOps: Backend {
    /// See [`conv2d`].
    fn conv2d(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        options: Conv2dOptions,
    ) -> FloatTensor<Self>;
}

/// `activation(conv2d(input, weight) + bias)` with `SAME` padding. The padding is zero in the model's pixel range.
///
/// - `input`: `[1, H, W, I]`, any number of channels
/// - `weight`: `[K, K, I, O]`
/// - `bias`: `[O]`
/// - result: `[1, ceil(H / stride), ceil(W / stride), O]`
pub fn conv2d(input: Tensor<4>, weight: Tensor<4>, bias: Tensor<1>, options: Conv2dOptions) -> Tensor<4> {
    #[cfg(all(test, feature = "wgpu"))]
    super::wgsl_test::record(|tiling, half| {
        use super::wgsl_test::Described;
        let [weight, bias] =
            [weight.dims().to_vec(), bias.dims().to_vec()].map(|dims| Described::new(dims, half));
        cube::launch(Described::of(&input), weight, bias, options, tiling)
    });
    Tensor::from_dispatch(<Dispatch as Conv2dOps>::conv2d(
        input.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
        options,
    ))
}
