use burn::module::Module;
use burn::tensor::Tensor;

use super::{Architecture, BodyPix, DeepLab, NetworkConfig, SelfieNetwork};
use crate::ops::{Scores, class_probability, enlarge};

/// A person segmentation network with its weights. Made by [`import`](crate::import()).
#[derive(Module, Debug)]
pub struct SegmentationNetwork {
    #[module(skip)]
    pub(crate) config: NetworkConfig,
    pub(crate) layers: Layers,
}

/// The layers of a network, by its architecture.
#[derive(Module, Debug)]
#[expect(clippy::large_enum_variant, reason = "a network has it once")]
pub(crate) enum Layers {
    Selfie(SelfieNetwork),
    BodyPix(BodyPix),
    DeepLab(DeepLab),
}

impl SegmentationNetwork {
    /// What the imported file's network is.
    pub fn config(&self) -> &NetworkConfig {
        &self.config
    }

    /// The probability that each pixel shows a person, `[1, H, W, 1]`, for a picture `[1, H, W, 3]` of RGB values in
    /// [0, 1], `H` and `W` being [`NetworkConfig::input`].
    ///
    /// BodyPix and DeepLabV3 score every eighth pixel of every eighth row, and their logits are enlarged from corner to
    /// corner: DeepLabV3's by its graph, BodyPix's by the library that it comes with (`scaleAndCropToInputTensorShape` of
    /// <https://github.com/tensorflow/tfjs-models/blob/master/body-pix/src/util.ts>).
    pub fn forward(&self, picture: Tensor<4>) -> Tensor<4> {
        let size = self.config.input;
        match &self.layers {
            Layers::Selfie(network) => network.forward(picture, Scores::Probability),
            Layers::BodyPix(network) => class_probability(network.forward(picture), size, 0),
            Layers::DeepLab(network) => class_probability(network.forward(picture), size, DeepLab::PERSON),
        }
    }

    /// The output of the imported file's own graph:
    /// - of a selfie network that ends in a logistic function probabilities `[1, H, W, 1]`, of another logits
    ///   `[1, H, W, 2]` of background and person;
    /// - of BodyPix logits of a person `[1, (H - 1) / 8 + 1, (W - 1) / 8 + 1, 1]`;
    /// - of DeepLabV3 logits of its classes `[1, H, W, 21]`.
    pub fn forward_raw(&self, picture: Tensor<4>) -> Tensor<4> {
        match (&self.layers, self.config.architecture) {
            (Layers::Selfie(network), Architecture::Selfie(config)) if config.head.sigmoid => {
                network.forward(picture, Scores::Probability)
            }
            (Layers::Selfie(network), _) => network.forward(picture, Scores::Logits),
            (Layers::BodyPix(network), _) => network.forward(picture),
            (Layers::DeepLab(network), _) => enlarge(network.forward(picture), self.config.input),
        }
    }
}
