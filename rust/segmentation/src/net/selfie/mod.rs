//! The five selfie segmentation networks: a MobileNetV3-like encoder down to a sixteenth of the picture, a pooled context
//! gate (LR-ASPP), and a three-stage decoder with gated skip connections.
//!
//! Sources: Howard et al., "Searching for MobileNetV3" (2019), and Google's description of background blur in Meet,
//! <https://research.google/blog/background-features-in-google-meet-powered-by-web-ml/> (2020).

mod config;
mod decoder;

use burn::module::Module;
use burn::tensor::Tensor;

pub use config::{Context, HeadConfig, SelfieConfig};
pub use decoder::{DecoderStage, GatedContext};

use super::{Bottleneck, Head, Stem};
use crate::ops::Scores;

/// One of the five networks with its weights.
#[derive(Module, Debug)]
pub struct SelfieNetwork {
    /// 3x3 convolution to half the picture's size.
    pub stem: Stem,
    /// See [`SelfieConfig::blocks`].
    pub encoder: Vec<Bottleneck>,
    /// The context of the smallest map.
    pub context: GatedContext,
    /// One stage for each skip connection, the smallest map's first.
    pub decoder: Vec<DecoderStage>,
    /// The last layer.
    pub head: Head,
}

impl SelfieNetwork {
    /// `[1, H, W, 3]` to `[1, H, W, C]`, scores of each pixel.
    pub fn forward(&self, picture: Tensor<4>, scores: Scores) -> Tensor<4> {
        let half = self.stem.forward(picture);
        let mut skips = vec![half.clone()];
        let mut map = half;
        for (index, block) in self.encoder.iter().enumerate() {
            map = block.forward(map);
            if SelfieConfig::SKIPS.contains(&index) {
                skips.push(map.clone());
            }
        }
        let (context, factors) = self.context.forward(map);
        let mut factors = Some(factors);
        let features = self.decoder.iter().fold(context, |below, stage| {
            let skip = skips.pop().expect("as many decoder stages as skip connections");
            stage.forward(below, factors.take(), skip)
        });
        self.head.forward(features, scores)
    }
}
