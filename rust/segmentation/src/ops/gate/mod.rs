//! Channel gates: what squeeze-and-excitation computes from a map's means (Hu et al., 2018).

mod cpu;
#[cfg(feature = "wgpu")]
mod cube;
mod flex;
#[cfg(test)]
mod reference;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::tensor::Tensor;

use super::Optional;

/// How the means of a second map join those of the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Join {
    /// Channel by channel: `mean(first) + mean(second)`.
    Add,
    /// One after the other: `[mean(first), mean(second)]`.
    Concatenate,
}

/// The backends' side of [`gate`].
#[backend_extension(Cube: cfg(feature = "wgpu"), Flex)]
pub trait GateOps: Backend {
    /// See [`gate`].
    fn gate(
        input: FloatTensor<Self>,
        #[extension_type] second: Optional<Self>,
        join: Join,
        squeeze_weight: FloatTensor<Self>,
        squeeze_bias: FloatTensor<Self>,
        excite_weight: FloatTensor<Self>,
        excite_bias: FloatTensor<Self>,
    ) -> FloatTensor<Self>;
}

/// `sigmoid(relu(means · squeeze_weight + squeeze_bias) · excite_weight + excite_bias)`, where `means` are the
/// channels' averages over `input`, joined with those over `second` where that is given.
///
/// A decoder gates by the mean of its upsampled map. Bilinear upsampling by a whole factor gives every source
/// pixel the same total weight, edges included, so `second` is the map before it: the mean is the same.
///
/// - `input`: `[1, H, W, C]`, `second`: `[1, h, w, C]`
/// - `squeeze_weight`: `[J, S]` with `J` the length of `means`; `squeeze_bias`: `[S]`
/// - `excite_weight`: `[S, C]`; `excite_bias`: `[C]`; both weights [packed](super::pack)
/// - result: `[1, 1, 1, C]`
pub fn gate(
    input: Tensor<4>,
    second: Option<(Tensor<4>, Join)>,
    [squeeze_weight, excite_weight]: [Tensor<2>; 2],
    [squeeze_bias, excite_bias]: [Tensor<1>; 2],
) -> Tensor<4> {
    let (second, join) = second.map_or((None, Join::Add), |(map, join)| (Some(map), join));
    Tensor::from_dispatch(<Dispatch as GateOps>::gate(
        input.into_dispatch(),
        second.into(),
        join,
        squeeze_weight.into_dispatch(),
        squeeze_bias.into_dispatch(),
        excite_weight.into_dispatch(),
        excite_bias.into_dispatch(),
    ))
}
