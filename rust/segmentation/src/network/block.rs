use burn::module::Module;
use burn::tensor::Tensor;

use super::{Depthwise, Pointwise, SqueezeExcite};
use crate::ops::Activation;

/// The configuration of an inverted residual block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockConfig {
    /// Channels of the depthwise convolution.
    pub expanded: usize,
    /// Channels of the result.
    pub out: usize,
    /// Side of the depthwise kernel.
    pub kernel: usize,
    /// Stride of the depthwise convolution.
    pub stride: usize,
    /// Dilation of the depthwise convolution.
    pub dilation: usize,
    /// Activation of the expansion and of the depthwise convolution.
    pub activation: Activation,
    /// Whether squeeze-and-excitation precedes the projection.
    pub squeeze_excite: bool,
    /// Whether the block adds its input to its result.
    pub residual: bool,
}

/// An inverted residual block (Sandler et al., 2018): expansion, depthwise convolution, optional squeeze-and-excitation,
/// projection.
#[derive(Module, Debug)]
pub struct Bottleneck {
    /// 1x1 convolution to the block's inner width.
    pub expand: Pointwise,
    /// The depthwise convolution, which may halve the feature map.
    pub depthwise: Depthwise,
    /// Computes the gate, which the projection applies to its input.
    pub squeeze_excite: Option<SqueezeExcite>,
    /// 1x1 convolution to the block's outer width, without activation.
    pub project: Pointwise,
    /// Whether the block's input is added to its result.
    pub residual: bool,
}

impl Bottleneck {
    /// `[1, H, W, C]` to `[1, ceil(H / stride), ceil(W / stride), out]`
    pub fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let residual = self.residual.then(|| input.clone());
        let filtered = self.depthwise.forward(self.expand.forward(input));
        let gate = self.squeeze_excite.as_ref().map(|layer| layer.forward(filtered.clone(), None));
        self.project.forward_fused(filtered, gate, residual)
    }
}

/// A depthwise separable convolution (Howard et al., "MobileNets", 2017): depthwise, then 1x1.
#[derive(Module, Debug)]
pub struct Separable {
    /// The depthwise convolution, which may halve the feature map.
    pub depthwise: Depthwise,
    /// 1x1 convolution to the width of the result.
    pub pointwise: Pointwise,
}

impl Separable {
    /// `[1, H, W, C]` to `[1, ceil(H / stride), ceil(W / stride), out]`
    pub fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        self.pointwise.forward(self.depthwise.forward(input))
    }
}
