use burn::module::Module;
use burn::tensor::Tensor;

use super::{Depthwise, Gate, Pointwise};

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
