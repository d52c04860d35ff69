use std::fmt;

use super::SelfieConfig;

/// The model in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModelConfig {
    /// Height and width of the image and of the mask in pixels.
    pub input: [usize; 2],
    /// The architecture.
    pub architecture: Architecture,
}

/// The architecture of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    /// One of the five selfie segmentation models, with the options in which they differ.
    Selfie(SelfieConfig),
    /// BodyPix on MobileNetV1 of half width, output stride 8.
    BodyPix,
    /// DeepLabV3 on MobileNetV2 of half width, output stride 8, with 21 classes.
    DeepLab,
}

/// The family of a model, by its common name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// MediaPipe's and ML Kit's selfie segmentation.
    Selfie,
    /// Google Meet's.
    Meet,
    /// BodyPix.
    BodyPix,
    /// DeepLabV3.
    DeepLab,
}

impl ModelConfig {
    /// The family of the model.
    pub fn family(&self) -> Family {
        match self.architecture {
            Architecture::Selfie(config) if config.mediapipe() => Family::Selfie,
            Architecture::Selfie(_) => Family::Meet,
            Architecture::BodyPix => Family::BodyPix,
            Architecture::DeepLab => Family::DeepLab,
        }
    }
}

impl Family {
    /// The name in one lower-case word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Selfie => "selfie",
            Self::Meet => "meet",
            Self::BodyPix => "bodypix",
            Self::DeepLab => "deeplab",
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
