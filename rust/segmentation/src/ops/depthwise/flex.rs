use burn::backend::Flex;
use burn::backend::tensor::FloatTensor;

use super::DepthwiseOps;
use super::cpu::Depthwise;
use crate::ops::Activation;
use crate::ops::flex::{Buffer, Rows};

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
        let filter = Depthwise {
            input: input.values(),
            size: [height, width],
            weight: weight.values(),
            kernel,
            bias: bias.values(),
            stride,
            activation,
            add_input,
        };
        let (out_height, out_width) = (height.div_ceil(stride), width.div_ceil(stride));
        let mut output = Buffer::new(out_height * out_width * channels);
        filter.apply(&mut Buffer::new(filter.scratch()), &mut output);
        output.into_tensor([1, out_height, out_width, channels])
    }
}
