use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::CubeBackend;

use super::{Scores, TransposedConvolutionOps, channels_out};
use crate::ops::kernel::{Kernel, scalars, vectors};

impl TransposedConvolutionOps for CubeBackend {
    fn transposed_convolution(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        scores: Scores,
    ) -> FloatTensor<Self> {
        let [_, height, width, channels] = input.meta.shape().dims();
        let [channels_scored, kernel, _, _] = weight.meta.shape().dims();
        Kernel::new("transposed_convolution", include_str!("kernel.wgsl"))
            .constant("WIDTH", width)
            .constant("KERNEL", kernel)
            .constant("IN_GROUPS", channels / 4)
            .constant("CHANNELS_OUT", channels_scored)
            .constant("PROBABILITY", usize::from(scores == Scores::Probability))
            .launch(
                height * width * 4,
                [vectors("input", input), vectors("weight", weight), scalars("bias", bias)],
                "f32",
                [1, height * 2, width * 2, channels_out(channels_scored, scores)],
            )
    }
}
