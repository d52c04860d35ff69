//! A camera frame in, a composited frame out.
//!
//! [`Gpu`] owns one wgpu device that burn and the image passes share, so a frame that is on it stays there:
//!
//! ```text
//! frame texture -> preprocess -> network input -> inference -> probability -> composite -> output texture
//!                  (submission 1)                (submission 2)              (submission 3)
//! ```
//!
//! [`Engine`] does this for a stream of frames and reads nothing back; [`MaskGate`] says on request whether the network's
//! masks can be right. [`Stills`] does it for single pictures in memory,
//! on the GPU or on the CPU; [`Segmenter`] is the network alone.

mod engine;
mod error;
mod gate;
mod gpu;
mod segmenter;
mod stills;
mod times;
mod tuning;

pub use engine::{Engine, PreparedModel, Segmented};
pub use error::EngineError;
pub use gate::MaskGate;
pub use gpu::Gpu;
pub use segmenter::{Backend, Segmenter};
pub use stills::Stills;
pub use times::{Clock, StageTimes};

pub use cyclorama_effects as effects;
pub use cyclorama_segmentation::NetworkConfig;
