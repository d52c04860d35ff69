use burn::module::Module;
use burn::tensor::Tensor;

use super::{Architecture, BodyPix, DeepLab, ModelConfig, SelfieNetwork};
use crate::ops::{HeadOutput, class_probability, resize_bilinear};

/// A person segmentation model with its weights. [`import`](crate::import()) creates it.
#[derive(Module, Debug)]
pub struct SegmentationModel {
    #[module(skip)]
    pub(crate) config: ModelConfig,
    pub(crate) layers: Layers,
}

/// The layers of a model, by architecture.
#[derive(Module, Debug)]
#[expect(clippy::large_enum_variant, reason = "a model holds one")]
pub(crate) enum Layers {
    Selfie(SelfieNetwork),
    BodyPix(BodyPix),
    DeepLab(DeepLab),
}

impl SegmentationModel {
    /// The input size and architecture of the imported model.
    pub fn config(&self) -> &ModelConfig {
        &self.config
    }

    /// The probability that each pixel shows a person, `[1, H, W, 1]`, for an image `[1, H, W, 3]` of RGB values in [0, 1].
    /// `H` and `W` are [`ModelConfig::input`].
    ///
    /// BodyPix and DeepLabV3 compute logits at every eighth pixel of every eighth row. These are resized bilinearly with
    /// aligned corners: DeepLabV3's by its graph, BodyPix's by its library (`scaleAndCropToInputTensorShape` of
    /// <https://github.com/tensorflow/tfjs-models/blob/master/body-pix/src/util.ts>).
    pub fn forward(&self, image: Tensor<4>) -> Tensor<4> {
        let size = self.config.input;
        match &self.layers {
            Layers::Selfie(network) => network.forward(image, HeadOutput::Probability),
            Layers::BodyPix(network) => class_probability(network.forward(image), size, 0),
            Layers::DeepLab(network) => class_probability(network.forward(image), size, DeepLab::PERSON),
        }
    }

    /// The output of the imported file's own graph:
    /// - a selfie model that ends in a logistic function: probabilities `[1, H, W, 1]`;
    /// - another selfie model: logits `[1, H, W, 2]` of background and person;
    /// - BodyPix: logits of a person `[1, (H - 1) / 8 + 1, (W - 1) / 8 + 1, 1]`;
    /// - DeepLabV3: logits of its classes `[1, H, W, 21]`.
    pub fn forward_raw(&self, image: Tensor<4>) -> Tensor<4> {
        match (&self.layers, self.config.architecture) {
            (Layers::Selfie(network), Architecture::Selfie(config)) if config.head.sigmoid => {
                network.forward(image, HeadOutput::Probability)
            }
            (Layers::Selfie(network), _) => network.forward(image, HeadOutput::Logits),
            (Layers::BodyPix(network), _) => network.forward(image),
            (Layers::DeepLab(network), _) => resize_bilinear(network.forward(image), self.config.input),
        }
    }
}
