use burn::module::{Module, Param};
use burn::tensor::Tensor;

use crate::ops::{self, Activation, Conv2dOptions, DepthwiseOptions, GateInput, HeadOutput};

/// The first convolution: `SAME` padding, stride 2.
#[derive(Module, Debug)]
pub struct Stem {
    /// Tensor of shape `[kernel, kernel, channels_in, channels_out]`
    pub weight: Param<Tensor<4>>,
    /// Tensor of shape `[channels_out]`
    pub bias: Param<Tensor<1>>,
    /// Stride, pixel range and activation.
    #[module(skip)]
    pub options: Conv2dOptions,
}

impl Stem {
    /// `[1, H, W, 3]`, RGB in [0, 1], to `[1, ceil(H / 2), ceil(W / 2), channels_out]`
    pub fn forward(&self, image: Tensor<4>) -> Tensor<4> {
        ops::conv2d(image, self.weight.val(), self.bias.val(), self.options)
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

    /// Applies the layer to `input * gate` and adds `residual`; see [`ops::pointwise`].
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
    /// Stride, dilation, activation and residual.
    #[module(skip)]
    pub options: DepthwiseOptions,
}

impl Depthwise {
    /// `[1, H, W, channels]` to `[1, ceil(H / stride), ceil(W / stride), channels]`
    pub fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        ops::depthwise(input, self.weight.val(), self.bias.val(), self.options)
    }
}

/// The two layers of squeeze-and-excitation.
#[derive(Module, Debug)]
pub struct SqueezeExcite {
    /// Tensor of shape `[means, squeezed]`, [packed](ops::pack)
    pub squeeze_weight: Param<Tensor<2>>,
    /// Tensor of shape `[squeezed]`
    pub squeeze_bias: Param<Tensor<1>>,
    /// Tensor of shape `[squeezed, channels]`, [packed](ops::pack)
    pub excite_weight: Param<Tensor<2>>,
    /// Tensor of shape `[channels]`
    pub excite_bias: Param<Tensor<1>>,
}

impl SqueezeExcite {
    /// The gate `[1, 1, 1, channels]` of a feature map `[1, H, W, channels]`; see [`ops::squeeze_excite`].
    pub fn forward(&self, input: Tensor<4>, second: Option<(Tensor<4>, GateInput)>) -> Tensor<4> {
        ops::squeeze_excite(
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
    pub fn forward(&self, input: Tensor<4>, head_output: HeadOutput) -> Tensor<4> {
        ops::conv_transpose2d(input, self.weight.val(), self.bias.val(), head_output)
    }
}
