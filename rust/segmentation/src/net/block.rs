use burn::module::Module;
use burn::tensor::Tensor;

use super::{Depthwise, Gate, Pointwise};
use crate::ops::Activation;

/// What an inverted residual block is like.
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
    /// How far apart the pixels under a filter of the depthwise convolution lie.
    pub dilation: usize,
    /// Activation of the expansion and of the depthwise convolution.
    pub activation: Activation,
    /// Whether a squeeze-and-excitation gate precedes the projection.
    pub gated: bool,
    /// Whether the block adds its input to its result.
    pub residual: bool,
}

/// An inverted residual block (Sandler et al., 2018) with an optional gate: expand, filter each channel, gate,
/// project.
#[derive(Module, Debug)]
pub struct Bottleneck {
    /// 1x1 convolution to the block's inner width.
    pub expand: Pointwise,
    /// The depthwise convolution, which may halve the map.
    pub depthwise: Depthwise,
    /// The squeeze-and-excitation gate, applied as the projection reads its input.
    pub gate: Option<Gate>,
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
        let gate = self.gate.as_ref().map(|gate| gate.forward(filtered.clone(), None));
        self.project.forward_fused(filtered, gate, residual)
    }
}

/// A depthwise separable convolution (Howard et al., "MobileNets", 2017): filter each channel, then mix the channels.
#[derive(Module, Debug)]
pub struct Separable {
    /// The depthwise convolution, which may halve the map.
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
