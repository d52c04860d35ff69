use std::fmt;

use super::SelfieConfig;

/// What network a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetworkConfig {
    /// Height and width of the picture and of the mask, in pixels.
    pub input: [usize; 2],
    /// How the network is built.
    pub architecture: Architecture,
}

/// How a network is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    /// One of the five selfie segmentation networks, with the switches in which they differ.
    Selfie(SelfieConfig),
    /// BodyPix on MobileNetV1 of half width, output stride 8.
    BodyPix,
    /// DeepLabV3 on MobileNetV2 of half width, output stride 8, with 21 classes.
    DeepLab,
}

/// Where a network comes from: what people call it by.
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

impl NetworkConfig {
    /// The family, which its name is shown by.
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
