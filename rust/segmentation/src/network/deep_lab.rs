//! DeepLabV3: MobileNetV2 of half width down to an eighth of the image, image-level features, and logits of the 21 classes
//! of PASCAL VOC.
//!
//! Sources: Sandler et al., "MobileNetV2" (2018), section 6.3; Chen et al., "Rethinking Atrous Convolution for Semantic Image
//! Segmentation" (2017).

use burn::module::{Module, Param};
use burn::tensor::Tensor;

use super::{BlockConfig, Bottleneck, Pointwise, Separable, Stem};
use crate::ops::{self, Activation};

/// DeepLabV3 with its weights.
#[derive(Module, Debug)]
pub struct DeepLab {
    /// 3x3 convolution to half the image's size.
    pub stem: Stem,
    /// The first block, which has no expansion.
    pub first: Separable,
    /// See [`DeepLab::blocks`].
    pub encoder: Vec<Bottleneck>,
    /// The image-level features.
    pub context: PooledContext,
    /// 1x1 convolution to the logits of the classes.
    pub classes: Pointwise,
}

impl DeepLab {
    /// Output stride: image pixels between two logits in each direction. The image's sides are one more than multiples of it,
    /// so that the corner logits are at the image's corners.
    pub const REDUCTION: usize = 8;
    /// Channels of the stem, and of the first block.
    pub const STEM: [usize; 2] = [16, 8];
    /// Channels of the context.
    pub const CONTEXT: usize = 256;
    /// Classes: background, then the twenty of PASCAL VOC.
    pub const CLASSES: usize = 21;
    /// The class of a person.
    pub const PERSON: usize = 15;

    /// The blocks after the first. Each expands by six, and adds its input if the result has the same size.
    pub fn blocks() -> Vec<BlockConfig> {
        /// Channels, stride and dilation.
        const BLOCKS: [[usize; 3]; 16] = [
            [12, 2, 1],
            [12, 1, 1],
            [16, 2, 1],
            [16, 1, 1],
            [16, 1, 1],
            [32, 1, 1],
            [32, 1, 2],
            [32, 1, 2],
            [32, 1, 2],
            [48, 1, 2],
            [48, 1, 2],
            [48, 1, 2],
            [80, 1, 2],
            [80, 1, 4],
            [80, 1, 4],
            [160, 1, 4],
        ];
        let channels = std::iter::once(Self::STEM[1]).chain(BLOCKS.map(|[channels, ..]| channels));
        let block = |(from, [out, stride, dilation]): (usize, [usize; 3])| BlockConfig {
            expanded: 6 * from,
            out,
            kernel: 3,
            stride,
            dilation,
            activation: Activation::Relu6,
            squeeze_excite: false,
            residual: stride == 1 && from == out,
        };
        channels.zip(BLOCKS).map(block).collect()
    }

    /// `[1, H, W, 3]` to the logits of the classes `[1, (H - 1) / 8 + 1, (W - 1) / 8 + 1, 21]`.
    pub fn forward(&self, image: Tensor<4>) -> Tensor<4> {
        let map = self.first.forward(self.stem.forward(image));
        let map = self.encoder.iter().fold(map, |map, block| block.forward(map));
        self.classes.forward(self.context.forward(map))
    }
}

/// The image-level features of DeepLabV3: `relu(fuse(concat(pool(mean(x)), map(x))))`.
///
/// The pooled features are constant over the image. Their part of the fusion is therefore computed once, as a bias.
#[derive(Module, Debug)]
pub struct PooledContext {
    /// 1x1 convolution with `ReLU`, on the means.
    pub pool: Pointwise,
    /// 1x1 convolution with `ReLU`, on the feature map.
    pub map: Pointwise,
    /// The part of the fusing 1x1 convolution that reads the pooled channels, with its bias and without activation.
    pub fuse_pool: Pointwise,
    /// The weight of the part that reads the feature map's channels, `[256, 256]`, [packed](ops::pack). Its bias is the
    /// result of the other part.
    pub fuse_map: Param<Tensor<2>>,
}

impl PooledContext {
    /// `[1, H, W, C]` to `[1, H, W, 256]`
    pub fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let [_, height, width, _] = input.dims();
        let means = ops::avg_pool2d(input.clone(), [height, width], [height, width]);
        let pooled = self.fuse_pool.forward(self.pool.forward(means));
        let [.., channels] = pooled.dims();
        let bias = pooled.reshape([channels]);
        let map = self.map.forward(input);
        ops::pointwise(map, None, self.fuse_map.val(), bias, None, Activation::Relu)
    }
}
