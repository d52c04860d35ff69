use burn::backend::Flex;
use burn::backend::tensor::FloatTensor;

use super::{Conv2dOps, Conv2dOptions};
use crate::ops::flex::panels::{self, Product};
use crate::ops::flex::{Buffer, Rows};
use crate::ops::{PixelRange, same_padding_before};

impl Conv2dOps for Flex {
    /// Computes each row of the result as a matrix product (im2col): the pixels under the filters times the filters.
    fn conv2d(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        Conv2dOptions { stride, range, activation }: Conv2dOptions,
    ) -> FloatTensor<Self> {
        let (input, weight, bias) = (Rows::new(&input), Rows::new(&weight), Rows::new(&bias));
        let [_, height, width, channels] = input.nhwc();
        let [kernel, _, _, channels_out] = weight.nhwc();
        let (out_height, out_width) = (height.div_ceil(stride), width.div_ceil(stride));
        let pad_top = same_padding_before(height, kernel, stride);
        let pad_left = same_padding_before(width, kernel, stride);

        let depth = kernel * channels;
        let mut packed = Buffer::new(panels::packed_len(kernel * depth, channels_out));
        panels::pack(weight.values(), channels_out, &mut packed);
        let product = Product { weight: &packed, bias: bias.values(), activation };

        // The input rows under the filters of one output row, with their zero padding. The padding at the left and
        // right stays zero throughout.
        let length = ((out_width - 1) * stride + kernel) * channels;
        let inside = pad_left * channels..length.min((pad_left + width) * channels);
        let mut window = Buffer::zeros(kernel * length);
        let mut output = Buffer::new(out_height * out_width * channels_out);
        let pixels = input.values();
        for (y, output) in output.chunks_exact_mut(out_width * channels_out).enumerate() {
            for (ky, part) in window.chunks_exact_mut(length).enumerate() {
                let part = &mut part[inside.clone()];
                let row = (y * stride + ky).wrapping_sub(pad_top);
                if row >= height {
                    part.fill(0.0);
                    continue;
                }
                let row = &pixels[row * width * channels..][..part.len()];
                match range {
                    PixelRange::ZeroToOne => part.copy_from_slice(row),
                    PixelRange::MinusOneToOne => {
                        part.iter_mut().zip(row).for_each(|(value, pixel)| *value = 2.0 * pixel - 1.0);
                    }
                }
            }
            let rows = panels::Rows { values: &window, length, step: stride * channels, depth };
            product.apply_to(&rows, None, output);
        }
        output.into_tensor([1, out_height, out_width, channels_out])
    }
}
