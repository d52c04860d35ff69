//! A 1x1 convolution: four fifths of a model's arithmetic.

#[cfg(feature = "wgpu")]
mod cube;
mod flex;
#[cfg(test)]
mod reference;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::tensor::Tensor;

use super::{Activation, Optional};

/// The backends' implementations of [`pointwise`].
#[backend_extension(Cube: cfg(feature = "wgpu"), Flex)]
pub(crate) trait PointwiseOps: Backend {
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
/// - `gate`: `[1, h, w, I]`, upsampled bilinearly (half-pixel centers) to the input's size; `[1, 1, 1, I]` is one factor
///   per channel
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
    #[cfg(all(test, feature = "wgpu"))]
    super::wgsl_test::record(|tiling, half| {
        use super::wgsl_test::Described;
        let ([.., channels], [channels_out]) = (input.dims(), bias.dims());
        let tensors = cube::Tensors {
            input: Described::of(&input),
            gate: gate.as_ref().map(Described::of),
            weight: Described::new(vec![channels, channels_out], half),
            bias: Described::new(vec![channels_out], half),
            residual: residual.as_ref().map(Described::of),
        };
        cube::launch(tensors, activation, tiling)
    });
    Tensor::from_dispatch(<Dispatch as PointwiseOps>::pointwise(
        input.into_dispatch(),
        gate.into(),
        weight.into_dispatch(),
        bias.into_dispatch(),
        residual.into(),
        activation,
    ))
}
