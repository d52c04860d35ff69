//! Squeeze-and-excitation (Hu et al., 2018): per-channel gate factors from the means of a feature map.

mod cpu;
#[cfg(feature = "wgpu")]
mod cube;
mod flex;
#[cfg(test)]
mod reference;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, ExtensionType, backend_extension};
use burn::tensor::Tensor;

use super::Optional;

/// How the means of a second feature map are combined with those of the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GateInput {
    /// Channel by channel: `mean(first) + mean(second)`.
    Add,
    /// One after the other: `[mean(first), mean(second)]`.
    Concatenate,
}

/// The two layers of [`squeeze_excite`].
#[derive(ExtensionType)]
pub struct SqueezeExciteWeights<B: Backend> {
    /// `[J, S]`, [packed](super::pack)
    pub squeeze_weight: FloatTensor<B>,
    /// `[S]`
    pub squeeze_bias: FloatTensor<B>,
    /// `[S, C]`, [packed](super::pack)
    pub excite_weight: FloatTensor<B>,
    /// `[C]`
    pub excite_bias: FloatTensor<B>,
}

/// The backends' implementations of [`squeeze_excite`].
#[backend_extension(Cube: cfg(feature = "wgpu"), Flex)]
pub(crate) trait SqueezeExciteOps: Backend {
    /// See [`squeeze_excite`].
    fn squeeze_excite(
        input: FloatTensor<Self>,
        #[extension_type] second: Optional<Self>,
        gate_input: GateInput,
        #[extension_type] weights: SqueezeExciteWeights<Self>,
    ) -> FloatTensor<Self>;
}

/// `sigmoid(relu(means · squeeze_weight + squeeze_bias) · excite_weight + excite_bias)`. `means` are the channel means of
/// `input`, combined with those of `second` if given.
///
/// A decoder computes its gate from the mean of its upsampled feature map. Bilinear upsampling by a whole factor gives
/// every source pixel the same total weight, edges included. `second` is therefore the feature map before upsampling: the
/// mean is the same.
///
/// - `input`: `[1, H, W, C]`, `second`: `[1, h, w, C]`; on the GPU, `C` and `S` are at most 1024
/// - `squeeze_weight`: `[J, S]` with `J` the length of `means`; `squeeze_bias`: `[S]`
/// - `excite_weight`: `[S, C]`; `excite_bias`: `[C]`; both weights [packed](super::pack)
/// - result: `[1, 1, 1, C]`
pub fn squeeze_excite(
    input: Tensor<4>,
    second: Option<(Tensor<4>, GateInput)>,
    [squeeze_weight, excite_weight]: [Tensor<2>; 2],
    [squeeze_bias, excite_bias]: [Tensor<1>; 2],
) -> Tensor<4> {
    let (second, gate_input) =
        second.map_or((None, GateInput::Add), |(map, gate_input)| (Some(map), gate_input));
    #[cfg(all(test, feature = "wgpu"))]
    super::wgsl_test::record(|tiling, half| {
        use super::kernel::Summed;
        use super::wgsl_test::Described;
        let ([squeezed], [channels]) = (squeeze_bias.dims(), excite_bias.dims());
        let concatenated = second.is_some() && gate_input == GateInput::Concatenate;
        let means = channels * if concatenated { 2 } else { 1 };
        let shapes = [vec![means, squeezed], vec![squeezed], vec![squeezed, channels], vec![channels]];
        let weights = shapes.map(|shape| Described::new(shape, half));
        let second = second.as_ref().map(|map| Summed::pixels_of(Described::of(map)));
        cube::launch(Summed::pixels_of(Described::of(&input)), second, gate_input, weights, tiling)
    });
    Tensor::from_dispatch(<Dispatch as SqueezeExciteOps>::squeeze_excite(
        input.into_dispatch(),
        second.into(),
        gate_input,
        SqueezeExciteWeights {
            squeeze_weight: squeeze_weight.into_dispatch(),
            squeeze_bias: squeeze_bias.into_dispatch(),
            excite_weight: excite_weight.into_dispatch(),
            excite_bias: excite_bias.into_dispatch(),
        },
    ))
}
