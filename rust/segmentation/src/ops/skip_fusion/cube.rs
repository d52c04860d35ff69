use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::CubeBackend;

use super::SkipFusionOps;
use crate::ops::Activation;
use crate::ops::kernel::{Kernel, vectors};

/// Pixels a thread works on, as the kernel is written.
const TILE: usize = 2;

impl SkipFusionOps for CubeBackend {
    fn skip_fusion(
        skip: FloatTensor<Self>,
        gate: FloatTensor<Self>,
        low: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        activation: Activation,
    ) -> FloatTensor<Self> {
        let [_, height, width, channels] = skip.meta.shape().dims();
        let [_, low_height, low_width, _] = low.meta.shape().dims();
        Kernel::new("skip_fusion", include_str!("kernel.wgsl"))
            .activation(activation)
            .repeat(channels / 4)
            .constant("HEIGHT", height)
            .constant("WIDTH", width)
            .constant("PIXELS", height * width)
            .constant("LOW_HEIGHT", low_height)
            .constant("LOW_WIDTH", low_width)
            .constant("GROUPS", channels / 4)
            .launch(
                (height * width).div_ceil(TILE),
                [
                    vectors("skip", skip),
                    vectors("gate", gate),
                    vectors("low", low),
                    vectors("weight", weight),
                    vectors("bias", bias),
                ],
                "vec4f",
                [1, height, width, channels],
            )
    }
}
