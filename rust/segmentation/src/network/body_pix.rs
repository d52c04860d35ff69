//! BodyPix: MobileNetV1 of half width down to an eighth of the image, and one layer that computes logits there.
//!
//! Sources: Howard et al., "MobileNets" (2017); Papandreou et al., "PersonLab" (2018), for the dilated blocks in place of
//! strides; <https://github.com/tensorflow/tfjs-models/tree/master/body-pix>.

use burn::module::Module;
use burn::tensor::Tensor;

use super::{Pointwise, Separable, Stem};

/// BodyPix with its weights.
#[derive(Module, Debug)]
pub struct BodyPix {
    /// 3x3 convolution to half the image's size.
    pub stem: Stem,
    /// See [`BodyPix::BLOCKS`].
    pub blocks: Vec<Separable>,
    /// 1x1 convolution to the logit of a person.
    pub segments: Pointwise,
}

impl BodyPix {
    /// Output stride: image pixels between two logits in each direction. The image's sides are one more than multiples of it,
    /// so that the corner logits are at the image's corners.
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
    pub fn forward(&self, image: Tensor<4>) -> Tensor<4> {
        let map = self.blocks.iter().fold(self.stem.forward(image), |map, block| block.forward(map));
        self.segments.forward(map)
    }
}
