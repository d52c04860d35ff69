use burn::backend::Flex;
use burn::backend::tensor::FloatTensor;

use super::DepthwiseOps;
use crate::ops::flex::{Rows, tensor};
use crate::ops::{Activation, same_padding_before};

impl DepthwiseOps for Flex {
    fn depthwise(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        stride: usize,
        activation: Activation,
        add_input: bool,
    ) -> FloatTensor<Self> {
        let (input, weight, bias) = (Rows::new(&input), Rows::new(&weight), Rows::new(&bias));
        let [_, height, width, channels] = input.nhwc();
        let [kernel, _, _] = weight.shape();
        let (out_height, out_width) = (height.div_ceil(stride), width.div_ceil(stride));
        let pad_top = same_padding_before(height, kernel, stride);
        let pad_left = same_padding_before(width, kernel, stride);

        let mut output = Vec::with_capacity(out_height * out_width * channels);
        for y in 0..out_height {
            // The filter's rows and columns that fall on the picture.
            let rows = pad_top.saturating_sub(y * stride)..kernel.min(height + pad_top - y * stride);
            for x in 0..out_width {
                let columns = pad_left.saturating_sub(x * stride)..kernel.min(width + pad_left - x * stride);
                let start = output.len();
                output.extend_from_slice(bias.values());
                let sums = &mut output[start..];
                for ky in rows.clone() {
                    let row = y * stride + ky - pad_top;
                    for kx in columns.clone() {
                        let column = x * stride + kx - pad_left;
                        let pixel = &input.values()[(row * width + column) * channels..][..channels];
                        let taps = &weight.values()[(ky * kernel + kx) * channels..][..channels];
                        for ((sum, value), tap) in sums.iter_mut().zip(pixel).zip(taps) {
                            *sum += value * tap;
                        }
                    }
                }
            }
        }
        activation.apply(&mut output);
        if add_input {
            for (value, input) in output.iter_mut().zip(input.values()) {
                *value += input;
            }
        }
        tensor(output, [1, out_height, out_width, channels])
    }
}
