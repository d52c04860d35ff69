use crate::network::BlockConfig;
use crate::ops::{Activation, GateInput};

/// The options in which the five models differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SelfieConfig {
    /// The activation of the early encoder blocks and of the decoder.
    pub relu: Activation,
    /// Whether the encoder's squeeze-and-excitation is stored as fully connected layers of full width (Meet) or as 1x1
    /// convolutions that squeeze to a quarter (selfie).
    pub fully_connected_gates: bool,
    /// How the context is pooled.
    pub context: Context,
    /// How a decoder gate combines the means of its two inputs.
    pub gate_input: GateInput,
    /// The last layer.
    pub head: HeadConfig,
}

/// The windows of the context gate's averages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Context {
    /// The whole feature map: one factor per channel.
    Global,
    /// 5x5 windows with a stride of 3: a coarse map of factors, upsampled bilinearly.
    Windows,
}

/// The last layer: a transposed convolution of stride 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeadConfig {
    /// 1 for a logit of a person, 2 for logits of background and person.
    pub channels: usize,
    /// Side of the kernel, 2 or 3.
    pub kernel: usize,
    /// Whether the file's graph ends in a logistic function, so that its output is a probability.
    pub sigmoid: bool,
}

impl SelfieConfig {
    /// Channels of the stem, which is the skip connection at half size.
    pub const STEM: usize = 16;
    /// Channels of the context, before the decoder.
    pub const CONTEXT: usize = 128;
    /// Stride of the smallest feature map. The image's sides are multiples of it.
    pub const REDUCTION: usize = 16;

    /// Encoder blocks whose results are skip connections, at a quarter and an eighth of the image.
    pub const SKIPS: [usize; 2] = [0, 2];

    /// Whether this is the variant of MediaPipe and ML Kit rather than Meet's.
    pub fn mediapipe(&self) -> bool {
        !self.fully_connected_gates
    }

    /// The encoder, in order.
    pub fn blocks(&self) -> [BlockConfig; 8] {
        let relu = BlockConfig {
            expanded: 0,
            out: 24,
            kernel: 3,
            stride: 1,
            dilation: 1,
            activation: self.relu,
            squeeze_excite: false,
            residual: false,
        };
        let swish = BlockConfig {
            out: 32,
            kernel: 5,
            activation: Activation::HardSwish,
            squeeze_excite: true,
            residual: true,
            ..relu
        };
        [
            BlockConfig { expanded: 16, out: 16, stride: 2, squeeze_excite: true, ..relu },
            BlockConfig { expanded: 72, stride: 2, ..relu },
            BlockConfig { expanded: 88, residual: true, ..relu },
            BlockConfig { expanded: 96, stride: 2, residual: false, ..swish },
            BlockConfig { expanded: 128, ..swish },
            BlockConfig { expanded: 128, ..swish },
            BlockConfig { expanded: 96, ..swish },
            if self.mediapipe() {
                BlockConfig { expanded: 96, ..swish }
            } else {
                BlockConfig { expanded: 72, out: 24, residual: false, ..swish }
            },
        ]
    }

    /// Channels between the two squeeze-and-excitation layers of an encoder block of `channels`. Rounding to multiples of
    /// eight leaves eight of sixteen channels.
    pub fn squeezed(&self, channels: usize) -> usize {
        if self.mediapipe() { (channels / 4).max(8) } else { channels }
    }

    /// The activation after a decoder stage's fusion.
    pub fn fusion_activation(&self) -> Activation {
        if self.mediapipe() { self.relu } else { Activation::Linear }
    }
}
