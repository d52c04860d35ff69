use burn::module::Module;
use burn::tensor::Tensor;

use super::{Bottleneck, DecoderStage, GatedContext, Head, NetworkConfig, Stem};
use crate::ops::Scores;

/// A selfie segmentation network with its weights. Made by [`import`](crate::import()).
#[derive(Module, Debug)]
pub struct SegmentationNetwork {
    #[module(skip)]
    pub(crate) config: NetworkConfig,
    pub(crate) stem: Stem,
    pub(crate) encoder: Vec<Bottleneck>,
    pub(crate) context: GatedContext,
    pub(crate) decoder: Vec<DecoderStage>,
    pub(crate) head: Head,
}

impl SegmentationNetwork {
    /// What the imported file's network is.
    pub fn config(&self) -> &NetworkConfig {
        &self.config
    }

    /// The probability that each pixel shows a person, `[1, H, W, 1]`, for a picture `[1, H, W, 3]` of RGB values in
    /// [0, 1], `H` and `W` being [`NetworkConfig::input`].
    pub fn forward(&self, picture: Tensor<4>) -> Tensor<4> {
        self.head.forward(self.features(picture), Scores::Probability)
    }

    /// The output of the imported file's own graph: probabilities `[1, H, W, 1]` where it ends in a logistic
    /// function, else logits `[1, H, W, 2]` of background and person.
    pub fn forward_raw(&self, picture: Tensor<4>) -> Tensor<4> {
        let scores = if self.config.head.sigmoid { Scores::Probability } else { Scores::Logits };
        self.head.forward(self.features(picture), scores)
    }

    fn features(&self, picture: Tensor<4>) -> Tensor<4> {
        let half = self.stem.forward(picture);
        let mut skips = vec![half.clone()];
        let mut map = half;
        for (index, block) in self.encoder.iter().enumerate() {
            map = block.forward(map);
            if NetworkConfig::SKIPS.contains(&index) {
                skips.push(map.clone());
            }
        }
        let (context, factors) = self.context.forward(map);
        let mut factors = Some(factors);
        self.decoder.iter().fold(context, |below, stage| {
            let skip = skips.pop().expect("as many decoder stages as skip connections");
            stage.forward(below, factors.take(), skip)
        })
    }
}
