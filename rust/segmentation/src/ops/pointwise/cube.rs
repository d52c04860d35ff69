use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::CubeBackend;

use super::PointwiseOps;
use crate::ops::kernel::{Kernel, vectors};
use crate::ops::{Activation, Optional};

/// Pixels a thread works on: enough to reuse each weight, few enough to stay in registers.
const TILE: usize = 8;
/// The tile of small maps, where more threads are worth more than reuse.
const SMALL_TILE: usize = 2;
/// Maps of fewer pixels than this are small.
const SMALL: usize = 1024;

impl PointwiseOps for CubeBackend {
    fn pointwise(
        input: FloatTensor<Self>,
        gate: Optional<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        residual: Optional<Self>,
        activation: Activation,
    ) -> FloatTensor<Self> {
        let (gate, residual) = (gate.into_option(), residual.into_option());
        let [_, height, width, channels] = input.meta.shape().dims();
        let [_, channels_out] = weight.meta.shape().dims();
        let [_, gate_height, gate_width, _] =
            gate.as_ref().map_or([1, 1, 1, channels], |gate| gate.meta.shape().dims());
        let pixels = height * width;
        let tile = if pixels < SMALL { SMALL_TILE } else { TILE };
        let mut inputs = vec![vectors("input", input), vectors("weight", weight), vectors("bias", bias)];
        inputs.extend(gate.map(|gate| vectors("gate", gate)));
        inputs.extend(residual.map(|residual| vectors("residual", residual)));
        Kernel::new("pointwise", include_str!("kernel.wgsl"))
            .activation(activation)
            .repeat(tile)
            .constant("TILE", tile)
            .constant("PIXELS", pixels)
            .constant("HEIGHT", height)
            .constant("WIDTH", width)
            .constant("GATE_HEIGHT", gate_height)
            .constant("GATE_WIDTH", gate_width)
            .constant("IN_GROUPS", channels / 4)
            .constant("OUT_GROUPS", channels_out / 4)
            .launch(
                pixels.div_ceil(tile) * (channels_out / 4),
                inputs,
                "vec4f",
                [1, height, width, channels_out],
            )
    }
}
