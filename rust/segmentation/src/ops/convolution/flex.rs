use burn::backend::Flex;
use burn::backend::tensor::FloatTensor;

use super::ConvolutionOps;
use crate::ops::flex::panels::{self, Product};
use crate::ops::flex::{Buffer, Rows};
use crate::ops::{Activation, same_padding_before};

impl ConvolutionOps for Flex {
    /// Each row as a product of matrices: what a filter sees of the picture is a row of one, the filters are the other.
    fn convolution(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        stride: usize,
        activation: Activation,
    ) -> FloatTensor<Self> {
        let (input, weight, bias) = (Rows::new(&input), Rows::new(&weight), Rows::new(&bias));
        let [_, height, width, channels] = input.nhwc();
        let [kernel, _, _, channels_out] = weight.nhwc();
        let (out_height, out_width) = (height.div_ceil(stride), width.div_ceil(stride));
        let pad_top = same_padding_before(height, kernel, stride);
        let pad_left = same_padding_before(width, kernel, stride);

        let pixels = input.values();
        let depth = kernel * kernel * channels;
        let mut packed = Buffer::new(panels::packed_len(depth, channels_out));
        panels::pack(weight.values(), channels_out, &mut packed);
        let product = Product { weight: &packed, bias: bias.values(), activation };
        let mut seen = Buffer::new(out_width * depth);
        let mut output = Buffer::new(out_height * out_width * channels_out);
        for (y, output) in output.chunks_exact_mut(out_width * channels_out).enumerate() {
            for (x, seen) in seen.chunks_exact_mut(depth).enumerate() {
                // The columns of the filter that lie on the picture.
                let before = pad_left.saturating_sub(x * stride).min(kernel);
                let from = (x * stride).saturating_sub(pad_left);
                let count = (kernel - before).min(width.saturating_sub(from)) * channels;
                let before = before * channels;
                for (ky, seen) in seen.chunks_exact_mut(kernel * channels).enumerate() {
                    let row = (y * stride + ky).wrapping_sub(pad_top);
                    if row < height {
                        seen[..before].fill(0.0);
                        let pixels = &pixels[(row * width + from) * channels..][..count];
                        seen[before..before + count].copy_from_slice(pixels);
                        seen[before + count..].fill(0.0);
                    } else {
                        seen.fill(0.0);
                    }
                }
            }
            product.apply(&seen, None, output);
        }
        output.into_tensor([1, out_height, out_width, channels_out])
    }
}
