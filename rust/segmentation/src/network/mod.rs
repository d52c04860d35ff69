//! The architectures: [`selfie`](self::SelfieNetwork) for five models, [`BodyPix`] and [`DeepLab`], built of shared layers
//! and blocks. [`SegmentationModel`] is any of them: it maps an image to the probability of a person.

mod block;
mod body_pix;
mod config;
mod deep_lab;
mod layer;
mod model;
mod selfie;

pub use block::{BlockConfig, Bottleneck, Separable};
pub use body_pix::BodyPix;
pub use config::{Architecture, Family, ModelConfig};
pub use deep_lab::{DeepLab, PooledContext};
pub use layer::{Depthwise, Head, Pointwise, SqueezeExcite, Stem};
pub(crate) use model::Layers;
pub use model::SegmentationModel;
pub use selfie::{Context, DecoderStage, GatedContext, HeadConfig, SelfieConfig, SelfieNetwork};
