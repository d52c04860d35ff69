//! BodyPix: MobileNetV1 of half width down to an eighth of the picture, and one layer that scores what it sees there.
//!
//! Sources: Howard et al., "MobileNets" (2017); Papandreou et al., "PersonLab" (2018), for the dilated blocks in place of
//! strides; <https://github.com/tensorflow/tfjs-models/tree/master/body-pix>.

use burn::module::Module;
use burn::tensor::Tensor;

use super::{Pointwise, Separable, Stem};

/// BodyPix with its weights.
#[derive(Module, Debug)]
pub struct BodyPix {
    /// 3x3 convolution to half the picture's size.
    pub stem: Stem,
    /// See [`BodyPix::BLOCKS`].
    pub blocks: Vec<Separable>,
    /// 1x1 convolution to the logit of a person.
    pub segments: Pointwise,
}

impl BodyPix {
    /// Pixels of the picture, in each direction, from one of the scores to the next. The picture's sides are one more than
    /// multiples of it, so that the scores' corners are the picture's.
    pub const REDUCTION: usize = 8;
    /// Channels of the stem.
    pub const STEM: usize = 16;
    /// Channels, stride and dilation of the thirteen blocks.
    pub const BLOCKS: [[usize; 3]; 13] = [
        [32, 1, 1],
        [64, 2, 1],
        [64, 1, 1],
        [128, 2, 1],
        [128, 1, 1],
        [256, 1, 1],
        [256, 1, 2],
        [256, 1, 2],
        [256, 1, 2],
        [256, 1, 2],
        [256, 1, 2],
        [256, 1, 2],
        [256, 1, 2],
    ];

    /// `[1, H, W, 3]` to the logits of a person `[1, (H - 1) / 8 + 1, (W - 1) / 8 + 1, 1]`.
    pub fn forward(&self, picture: Tensor<4>) -> Tensor<4> {
        let map = self.blocks.iter().fold(self.stem.forward(picture), |map, block| block.forward(map));
        self.segments.forward(map)
    }
}
