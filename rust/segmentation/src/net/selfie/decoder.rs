use burn::module::Module;
use burn::tensor::Tensor;

use super::Context;
use crate::net::{Depthwise, Gate, Pointwise};
use crate::ops::{self, Join};

/// The pooled context of the lite R-ASPP head (Howard et al., 2019): `relu(expand(x)) * sigmoid(gate(mean(x)))`.
#[derive(Module, Debug)]
pub struct GatedContext {
    /// 1x1 convolution with rectifier, `[1, H, W, C]` to `[1, H, W, 128]`.
    pub expand: Pointwise,
    /// 1x1 convolution with logistic function, on the averages.
    pub gate: Pointwise,
    /// Where averages are taken.
    #[module(skip)]
    pub pooling: Context,
}

impl GatedContext {
    /// Side of a pooling window, and the step between two.
    pub const WINDOW: usize = 5;
    /// See [`Self::WINDOW`].
    pub const STEP: usize = 3;

    /// The expanded map `[1, H, W, 128]` and the factors to multiply it with, `[1, h, w, 128]`: what reads the map
    /// applies them on the way.
    pub fn forward(&self, input: Tensor<4>) -> (Tensor<4>, Tensor<4>) {
        let [_, height, width, _] = input.dims();
        let (window, step) = match self.pooling {
            Context::Global => ([height, width], [height, width]),
            Context::Windows => ([Self::WINDOW; 2], [Self::STEP; 2]),
        };
        let means = ops::average_pool(input.clone(), window, step);
        (self.expand.forward(input), self.gate.forward(means))
    }
}

/// One decoder stage: doubles the map and merges the encoder's skip connection of that size.
#[derive(Module, Debug)]
pub struct DecoderStage {
    /// 1x1 convolution to the skip connection's width. The graphs upsample before it; the two commute, so it runs
    /// at a quarter of the pixels here.
    pub reduce: Pointwise,
    /// The gate on the skip connection.
    pub gate: Gate,
    /// What the gate sees of the two maps.
    #[module(skip)]
    pub join: Join,
    /// 1x1 convolution of `skip * gate + upsample(reduced)`.
    pub fuse: Pointwise,
    /// Depthwise convolution that is added to its own input.
    pub refine: Depthwise,
}

impl DecoderStage {
    /// `below` `[1, H / 2, W / 2, B]`, times `factors` where given, and `skip` `[1, H, W, C]` to `[1, H, W, C]`.
    pub fn forward(&self, below: Tensor<4>, factors: Option<Tensor<4>>, skip: Tensor<4>) -> Tensor<4> {
        let reduced = self.reduce.forward_fused(below, factors, None);
        let gate = self.gate.forward(skip.clone(), Some((reduced.clone(), self.join)));
        let fused = ops::skip_fusion(
            skip,
            gate,
            reduced,
            self.fuse.weight.val(),
            self.fuse.bias.val(),
            self.fuse.activation,
        );
        self.refine.forward(fused)
    }
}
