use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::CubeBackend;

use super::DepthwiseOps;
use crate::ops::kernel::{Kernel, vectors};
use crate::ops::{Activation, same_padding_before};

impl DepthwiseOps for CubeBackend {
    fn depthwise(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        stride: usize,
        activation: Activation,
        add_input: bool,
    ) -> FloatTensor<Self> {
        let [_, height, width, channels] = input.meta.shape().dims();
        let [kernel, _, _] = weight.meta.shape().dims();
        let (out_height, out_width) = (height.div_ceil(stride), width.div_ceil(stride));
        Kernel::new("depthwise", include_str!("kernel.wgsl"))
            .activation(activation)
            .constant("HEIGHT", height)
            .constant("WIDTH", width)
            .constant("GROUPS", channels / 4)
            .constant("KERNEL", kernel)
            .constant("STRIDE", stride)
            .constant("PAD_TOP", same_padding_before(height, kernel, stride))
            .constant("PAD_LEFT", same_padding_before(width, kernel, stride))
            .constant("OUT_WIDTH", out_width)
            .constant("ADD_INPUT", usize::from(add_input))
            .launch(
                out_height * out_width * channels / 4,
                [vectors("input", input), vectors("weight", weight), vectors("bias", bias)],
                "vec4f",
                [1, out_height, out_width, channels],
            )
    }
}
