//! The networks: [`selfie`](self::SelfieNetwork) for five of them, [`BodyPix`] and [`DeepLab`], over shared layers and
//! blocks. [`SegmentationNetwork`] is any of them: a picture in, the probability of a person out.

mod block;
mod body_pix;
mod config;
mod deep_lab;
mod layer;
mod network;
mod selfie;

pub use block::{BlockConfig, Bottleneck, Separable};
pub use body_pix::BodyPix;
pub use config::{Architecture, Family, NetworkConfig};
pub use deep_lab::{DeepLab, PooledContext};
pub use layer::{Depthwise, Gate, Head, Pointwise, Stem};
pub(crate) use network::Layers;
pub use network::SegmentationNetwork;
pub use selfie::{Context, DecoderStage, GatedContext, HeadConfig, SelfieConfig, SelfieNetwork};
