//! The segmentation network: a MobileNetV3-like encoder down to a sixteenth of the picture, a pooled context gate
//! (LR-ASPP), and a three-stage decoder with gated skip connections.
//!
//! Sources: Howard et al., "Searching for MobileNetV3" (2019), and Google's description of background blur in Meet,
//! <https://research.google/blog/background-features-in-google-meet-powered-by-web-ml/> (2020).

mod block;
mod config;
mod decoder;
mod layer;
mod network;

pub use block::Bottleneck;
pub use config::{BlockConfig, Context, HeadConfig, NetworkConfig};
pub use decoder::{DecoderStage, GatedContext};
pub use layer::{Depthwise, Gate, Head, Pointwise, Stem};
pub use network::SegmentationNetwork;
