//! The network's last layer: a transposed convolution that doubles the resolution and scores each pixel.

#[cfg(feature = "wgpu")]
mod cube;
mod flex;
#[cfg(test)]
mod reference;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::tensor::Tensor;

/// What the last layer gives for each pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scores {
    /// The layer's values as they are, one for each output channel.
    Logits,
    /// The probability of a person: the logistic function of a single channel, or the softmax of two channels
    /// (background, person) taken at the second.
    Probability,
}

/// The backends' side of [`transposed_convolution`].
#[backend_extension(Cube: cfg(feature = "wgpu"), Flex)]
pub trait TransposedConvolutionOps: Backend {
    /// See [`transposed_convolution`].
    fn transposed_convolution(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        scores: Scores,
    ) -> FloatTensor<Self>;
}

/// A transposed convolution with stride 2, bias and `SAME` padding: input pixel `(y, x)` adds
/// `weight[o, i, j] · input[y, x]` to output pixel `(2y + i, 2x + j)`, and what falls outside is dropped.
///
/// - `input`: `[1, H, W, I]`
/// - `weight`: `[O, K, K, I]` with `O` 1 or 2 and `K` 2 or 3; `bias`: `[O]`
/// - result: `[1, 2H, 2W, O]` for [`Scores::Logits`], `[1, 2H, 2W, 1]` for [`Scores::Probability`]
pub fn transposed_convolution(
    input: Tensor<4>,
    weight: Tensor<4>,
    bias: Tensor<1>,
    scores: Scores,
) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as TransposedConvolutionOps>::transposed_convolution(
        input.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
        scores,
    ))
}

/// Channels of the result for a layer of `channels` outputs.
fn channels_out(channels: usize, scores: Scores) -> usize {
    match scores {
        Scores::Logits => channels,
        Scores::Probability => 1,
    }
}
