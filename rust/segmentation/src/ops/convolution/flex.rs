use burn::backend::Flex;
use burn::backend::tensor::FloatTensor;

use super::ConvolutionOps;
use crate::ops::flex::{Rows, tensor};
use crate::ops::{Activation, same_padding_before};

impl ConvolutionOps for Flex {
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

        let mut output = Vec::with_capacity(out_height * out_width * channels_out);
        for y in 0..out_height {
            for x in 0..out_width {
                let start = output.len();
                output.extend_from_slice(bias.values());
                let sums = &mut output[start..];
                for ky in 0..kernel {
                    let Some(row) = (y * stride + ky).checked_sub(pad_top).filter(|row| *row < height) else {
                        continue;
                    };
                    for kx in 0..kernel {
                        let Some(column) =
                            (x * stride + kx).checked_sub(pad_left).filter(|column| *column < width)
                        else {
                            continue;
                        };
                        let pixel = &input.values()[(row * width + column) * channels..][..channels];
                        let taps = &weight.values()[(ky * kernel + kx) * channels * channels_out..];
                        for (value, taps) in pixel.iter().zip(taps.chunks_exact(channels_out)) {
                            for (sum, tap) in sums.iter_mut().zip(taps) {
                                *sum += value * tap;
                            }
                        }
                    }
                }
            }
        }
        activation.apply(&mut output);
        tensor(output, [1, out_height, out_width, channels_out])
    }
}
