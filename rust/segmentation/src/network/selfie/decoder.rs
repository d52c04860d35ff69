use burn::module::Module;
use burn::tensor::Tensor;

use super::Context;
use crate::network::{Depthwise, Pointwise, SqueezeExcite};
use crate::ops::{self, GateInput};

/// The pooled context of the lite R-ASPP head (Howard et al., 2019): `relu(expand(x)) * sigmoid(gate(mean(x)))`.
#[derive(Module, Debug)]
pub struct GatedContext {
    /// 1x1 convolution with `ReLU`, `[1, H, W, C]` to `[1, H, W, 128]`.
    pub expand: Pointwise,
    /// 1x1 convolution with the logistic function, on the averages.
    pub gate: Pointwise,
    /// The windows of the averages.
    #[module(skip)]
    pub pooling: Context,
}

impl GatedContext {
    /// Side of a pooling window.
    pub const WINDOW: usize = 5;
    /// Stride of the pooling windows.
    pub const STRIDE: usize = 3;

    /// The expanded feature map `[1, H, W, 128]` and its gate `[1, h, w, 128]`. The next layer applies the gate to its
    /// input.
    pub fn forward(&self, input: Tensor<4>) -> (Tensor<4>, Tensor<4>) {
        let [_, height, width, _] = input.dims();
        let (window, stride) = match self.pooling {
            Context::Global => ([height, width], [height, width]),
            Context::Windows => ([Self::WINDOW; 2], [Self::STRIDE; 2]),
        };
        let means = ops::avg_pool2d(input.clone(), window, stride);
        (self.expand.forward(input), self.gate.forward(means))
    }
}

/// One decoder stage: doubles the feature map and fuses the encoder's skip connection of that size.
#[derive(Module, Debug)]
pub struct DecoderStage {
    /// 1x1 convolution to the skip connection's width. The graphs upsample before it. The two commute, so here it runs on a
    /// quarter of the pixels.
    pub reduce: Pointwise,
    /// Computes the gate on the skip connection.
    pub squeeze_excite: SqueezeExcite,
    /// How the means of the two feature maps are combined.
    #[module(skip)]
    pub gate_input: GateInput,
    /// 1x1 convolution of `skip * gate + upsample(reduced)`.
    pub fuse: Pointwise,
    /// Depthwise convolution with residual.
    pub refine: Depthwise,
}

impl DecoderStage {
    /// `below` `[1, H / 2, W / 2, B]`, multiplied by `gate` if given, and `skip` `[1, H, W, C]` to `[1, H, W, C]`.
    pub fn forward(&self, below: Tensor<4>, gate: Option<Tensor<4>>, skip: Tensor<4>) -> Tensor<4> {
        let reduced = self.reduce.forward_fused(below, gate, None);
        let gate = self.squeeze_excite.forward(skip.clone(), Some((reduced.clone(), self.gate_input)));
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
