//! The last layer of a selfie model: a transposed convolution that doubles the resolution and computes the logits.

#[cfg(feature = "wgpu")]
mod cube;
mod flex;
#[cfg(test)]
mod reference;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::tensor::Tensor;

/// What the last layer returns for each pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HeadOutput {
    /// The layer's own values, one for each output channel.
    Logits,
    /// The probability of a person: the logistic function of a single channel, or the softmax of two channels
    /// (background, person), evaluated at the second.
    Probability,
}

/// The backends' implementations of [`conv_transpose2d`].
#[backend_extension(Cube: cfg(feature = "wgpu"), Flex)]
pub(crate) trait ConvTranspose2dOps: Backend {
    /// See [`conv_transpose2d`].
    fn conv_transpose2d(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        head_output: HeadOutput,
    ) -> FloatTensor<Self>;
}

/// A transposed convolution with stride 2, bias and `SAME` padding. Input pixel `(y, x)` adds
/// `weight[o, i, j] · input[y, x]` to output pixel `(2y + i, 2x + j)`. Values outside the output are dropped.
///
/// - `input`: `[1, H, W, I]`
/// - `weight`: `[O, K, K, I]` with `O` 1 or 2 and `K` 2 or 3; `bias`: `[O]`
/// - result: `[1, 2H, 2W, O]` for [`HeadOutput::Logits`], `[1, 2H, 2W, 1]` for [`HeadOutput::Probability`]
pub fn conv_transpose2d(
    input: Tensor<4>,
    weight: Tensor<4>,
    bias: Tensor<1>,
    head_output: HeadOutput,
) -> Tensor<4> {
    #[cfg(all(test, feature = "wgpu"))]
    super::wgsl_test::record(|tiling, half| {
        use super::wgsl_test::Described;
        let [weight, bias] =
            [weight.dims().to_vec(), bias.dims().to_vec()].map(|dims| Described::new(dims, half));
        cube::launch(Described::of(&input), weight, bias, head_output, tiling)
    });
    Tensor::from_dispatch(<Dispatch as ConvTranspose2dOps>::conv_transpose2d(
        input.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
        head_output,
    ))
}

/// Channels of the result for a layer of `logits` output channels.
fn channels_out(logits: usize, head_output: HeadOutput) -> usize {
    match head_output {
        HeadOutput::Logits => logits,
        HeadOutput::Probability => 1,
    }
}
