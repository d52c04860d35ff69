//! The five selfie segmentation models: a MobileNetV3-like encoder down to a sixteenth of the image, a pooled context gate
//! (LR-ASPP), and a three-stage decoder with gated skip connections.
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
use crate::ops::HeadOutput;

/// The layers of one of the five models.
#[derive(Module, Debug)]
pub struct SelfieNetwork {
    /// 3x3 convolution to half the image's size.
    pub stem: Stem,
    /// See [`SelfieConfig::blocks`].
    pub encoder: Vec<Bottleneck>,
    /// The context of the smallest feature map.
    pub context: GatedContext,
    /// One stage for each skip connection, from the smallest feature map to the largest.
    pub decoder: Vec<DecoderStage>,
    /// The last layer.
    pub head: Head,
}

impl SelfieNetwork {
    /// `[1, H, W, 3]` to `[1, H, W, C]`, logits or probabilities of each pixel.
    pub fn forward(&self, image: Tensor<4>, head_output: HeadOutput) -> Tensor<4> {
        let half = self.stem.forward(image);
        let mut skips = vec![half.clone()];
        let mut map = half;
        for (index, block) in self.encoder.iter().enumerate() {
            map = block.forward(map);
            if SelfieConfig::SKIPS.contains(&index) {
                skips.push(map.clone());
            }
        }
        let (context, gate) = self.context.forward(map);
        let mut gate = Some(gate);
        let features = self.decoder.iter().fold(context, |below, stage| {
            let skip = skips.pop().expect("as many decoder stages as skip connections");
            stage.forward(below, gate.take(), skip)
        });
        self.head.forward(features, head_output)
    }
}
