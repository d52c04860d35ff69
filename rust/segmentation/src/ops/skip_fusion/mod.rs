//! Fuses a decoder stage with its skip connection: gate, bilinear upsampling and 1x1 convolution in one pass.

#[cfg(feature = "wgpu")]
mod cube;
mod flex;
#[cfg(test)]
mod reference;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::tensor::Tensor;

use super::Activation;

/// The backends' implementations of [`skip_fusion`].
#[backend_extension(Cube: cfg(feature = "wgpu"), Flex)]
pub(crate) trait SkipFusionOps: Backend {
    /// See [`skip_fusion`].
    fn skip_fusion(
        skip: FloatTensor<Self>,
        gate: FloatTensor<Self>,
        low: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        activation: Activation,
    ) -> FloatTensor<Self>;
}

/// `activation((skip * gate + upsample(low)) · weight + bias)`, with bilinear upsampling by two (half-pixel centers,
/// clamped edges).
///
/// - `skip`: `[1, H, W, C]`, `H` and `W` even
/// - `gate`: `[1, 1, 1, C]`
/// - `low`: `[1, H / 2, W / 2, C]`
/// - `weight`: `[C, C]`, [packed](super::pack); `bias`: `[C]`
/// - result: `[1, H, W, C]`
pub fn skip_fusion(
    skip: Tensor<4>,
    gate: Tensor<4>,
    low: Tensor<4>,
    weight: Tensor<2>,
    bias: Tensor<1>,
    activation: Activation,
) -> Tensor<4> {
    #[cfg(all(test, feature = "wgpu"))]
    super::wgsl_test::record(|tiling, half| {
        use super::wgsl_test::Described;
        let [channels] = bias.dims();
        let tensors = cube::Tensors {
            skip: Described::of(&skip),
            gate: Described::of(&gate),
            low: Described::of(&low),
            weight: Described::new(vec![channels; 2], half),
            bias: Described::new(vec![channels], half),
        };
        cube::launch(tensors, activation, tiling)
    });
    Tensor::from_dispatch(<Dispatch as SkipFusionOps>::skip_fusion(
        skip.into_dispatch(),
        gate.into_dispatch(),
        low.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
        activation,
    ))
}
