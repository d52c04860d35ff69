use burn::module::{Module, Param};
use burn::tensor::Tensor;

use crate::ops::{self, Activation, Join, PixelRange, Scores};

/// The first convolution: `SAME` padding, stride 2.
#[derive(Module, Debug)]
pub struct Stem {
    /// Tensor of shape `[kernel, kernel, channels_in, channels_out]`
    pub weight: Param<Tensor<4>>,
    /// Tensor of shape `[channels_out]`
    pub bias: Param<Tensor<1>>,
    /// What it sees of a picture.
    #[module(skip)]
    pub range: PixelRange,
    /// The activation after the bias.
    #[module(skip)]
    pub activation: Activation,
}

impl Stem {
    /// `[1, H, W, 3]`, RGB in [0, 1], to `[1, ceil(H / 2), ceil(W / 2), channels_out]`
    pub fn forward(&self, picture: Tensor<4>) -> Tensor<4> {
        ops::convolution(picture, self.weight.val(), self.bias.val(), 2, self.range, self.activation)
    }
}

/// A 1x1 convolution with its activation.
#[derive(Module, Debug)]
pub struct Pointwise {
    /// Tensor of shape `[channels_in, channels_out]`, [packed](ops::pack)
    pub weight: Param<Tensor<2>>,
    /// Tensor of shape `[channels_out]`
    pub bias: Param<Tensor<1>>,
    /// The activation after the bias.
    #[module(skip)]
    pub activation: Activation,
}

impl Pointwise {
    /// `[1, H, W, channels_in]` to `[1, H, W, channels_out]`
    pub fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        self.forward_fused(input, None, None)
    }

    /// The same of `input * gate`, plus `residual`; see [`ops::pointwise`].
    pub fn forward_fused(
        &self,
        input: Tensor<4>,
        gate: Option<Tensor<4>>,
        residual: Option<Tensor<4>>,
    ) -> Tensor<4> {
        ops::pointwise(input, gate, self.weight.val(), self.bias.val(), residual, self.activation)
    }
}

/// A depthwise convolution with `SAME` padding and its activation.
#[derive(Module, Debug)]
pub struct Depthwise {
    /// Tensor of shape `[kernel, kernel, channels]`
    pub weight: Param<Tensor<3>>,
    /// Tensor of shape `[channels]`
    pub bias: Param<Tensor<1>>,
    /// Stride in both directions.
    pub stride: usize,
    /// How far apart the pixels under a filter lie.
    pub dilation: usize,
    /// The activation after the bias.
    #[module(skip)]
    pub activation: Activation,
    /// Whether the input is added to the result.
    pub add_input: bool,
}

impl Depthwise {
    /// `[1, H, W, channels]` to `[1, ceil(H / stride), ceil(W / stride), channels]`
    pub fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        ops::depthwise(
            input,
            self.weight.val(),
            self.bias.val(),
            self.stride,
            self.dilation,
            self.activation,
            self.add_input,
        )
    }
}

/// The two small layers of a squeeze-and-excitation gate.
#[derive(Module, Debug)]
pub struct Gate {
    /// Tensor of shape `[means, squeezed]`, [packed](ops::pack)
    pub squeeze_weight: Param<Tensor<2>>,
    /// Tensor of shape `[squeezed]`
    pub squeeze_bias: Param<Tensor<1>>,
    /// Tensor of shape `[squeezed, channels]`, [packed](ops::pack)
    pub excite_weight: Param<Tensor<2>>,
    /// Tensor of shape `[channels]`
    pub excite_bias: Param<Tensor<1>>,
}

impl Gate {
    /// Factors `[1, 1, 1, channels]` for a map `[1, H, W, channels]`, seen together with `second` where given.
    pub fn forward(&self, input: Tensor<4>, second: Option<(Tensor<4>, Join)>) -> Tensor<4> {
        ops::gate(
            input,
            second,
            [self.squeeze_weight.val(), self.excite_weight.val()],
            [self.squeeze_bias.val(), self.excite_bias.val()],
        )
    }
}

/// The last layer: a transposed convolution with stride 2.
#[derive(Module, Debug)]
pub struct Head {
    /// Tensor of shape `[channels_out, kernel, kernel, channels_in]`
    pub weight: Param<Tensor<4>>,
    /// Tensor of shape `[channels_out]`
    pub bias: Param<Tensor<1>>,
}

impl Head {
    /// `[1, H, W, channels_in]` to `[1, 2H, 2W, channels_out]`, or one channel for a probability.
    pub fn forward(&self, input: Tensor<4>, scores: Scores) -> Tensor<4> {
        ops::transposed_convolution(input, self.weight.val(), self.bias.val(), scores)
    }
}
