use burn::backend::Flex;
use burn::backend::tensor::FloatTensor;

use super::cpu::Depthwise;
use super::{DepthwiseOps, DepthwiseOptions};
use crate::ops::flex::{Buffer, Rows};

impl DepthwiseOps for Flex {
    fn depthwise(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        DepthwiseOptions { stride, dilation, activation, add_input }: DepthwiseOptions,
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
        if dilation == 1 {
            filter.apply(&mut Buffer::new(filter.scratch()), &mut output);
        } else {
            dilated(&filter, dilation, &mut output);
        }
        output.into_tensor([1, out_height, out_width, channels])
    }
}

/// Filters a feature map with dilation.
///
/// Every `dilation`th pixel of every `dilation`th row depends on such pixels only. These `dilation * dilation` parts of
/// the feature map are filtered one by one as feature maps of their own, with the same zero padding.
fn dilated(filter: &Depthwise<'_>, dilation: usize, output: &mut [f32]) {
    let [height, width] = filter.size;
    let channels = filter.bias.len();
    for (top, left) in (0..dilation * dilation).map(|part| (part / dilation, part % dilation)) {
        let size =
            [height.saturating_sub(top).div_ceil(dilation), width.saturating_sub(left).div_ceil(dilation)];
        let mut input = Buffer::new(size[0] * size[1] * channels);
        let mut filtered = Buffer::new(input.len());
        if input.is_empty() {
            continue;
        }
        // The position in the feature map of pixel `index` of the part.
        let at = |index: usize| {
            let (y, x) = (index / size[1] * dilation + top, index % size[1] * dilation + left);
            (y * width + x) * channels
        };
        for (index, pixel) in input.chunks_exact_mut(channels).enumerate() {
            pixel.copy_from_slice(&filter.input[at(index)..][..channels]);
        }
        let part = Depthwise { input: &input, size, ..*filter };
        part.apply(&mut Buffer::new(part.scratch()), &mut filtered);
        for (index, pixel) in filtered.chunks_exact(channels).enumerate() {
            output[at(index)..][..channels].copy_from_slice(pixel);
        }
    }
}
