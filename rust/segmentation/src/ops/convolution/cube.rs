use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::CubeBackend;

use super::ConvolutionOps;
use crate::ops::kernel::{Kernel, scalars, vectors};
use crate::ops::{Activation, same_padding_before};

impl ConvolutionOps for CubeBackend {
    fn convolution(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        stride: usize,
        activation: Activation,
    ) -> FloatTensor<Self> {
        let [_, height, width, channels] = input.meta.shape().dims();
        let [kernel, _, _, channels_out] = weight.meta.shape().dims();
        let (out_height, out_width) = (height.div_ceil(stride), width.div_ceil(stride));
        Kernel::new("convolution", include_str!("kernel.wgsl"))
            .activation(activation)
            .constant("HEIGHT", height)
            .constant("WIDTH", width)
            .constant("CHANNELS", channels)
            .constant("KERNEL", kernel)
            .constant("STRIDE", stride)
            .constant("PAD_TOP", same_padding_before(height, kernel, stride))
            .constant("PAD_LEFT", same_padding_before(width, kernel, stride))
            .constant("OUT_WIDTH", out_width)
            .constant("OUT_GROUPS", channels_out / 4)
            .launch(
                out_height * out_width * channels_out / 4,
                [scalars("input", input), vectors("weight", weight), vectors("bias", bias)],
                "vec4f",
                [1, out_height, out_width, channels_out],
            )
    }
}
