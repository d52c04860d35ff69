//! A camera frame in, a composited frame out.
//!
//! [`Gpu`] owns one wgpu device that burn and the image passes share, so a frame that is on it stays there:
//!
//! ```text
//! frame texture -> preprocess -> network input -> inference -> probability -> composite -> output texture
//!                  (submission 1)                (submission 2)              (submission 3)
//! ```
//!
//! An [`Engine`] does this for a stream of frames and reads nothing back; a [`MaskGate`] says on request whether the network's
//! masks can be right. Where the GPU has no compute shaders, it makes the mattes
//! on the processor, of frames in memory, and composites on a [`Graphics`], a device for images alone. [`Stills`] does all of
//! it for single pictures in memory, on the GPU or on the CPU; [`Segmenter`] is the network alone.
//!
//! Networks on the GPU, and [`Stills`] with them, are the feature `compute`, which is on by default.

#[cfg(feature = "compute")]
mod adapter;
mod engine;
mod error;
#[cfg(feature = "compute")]
mod gate;
#[cfg(feature = "compute")]
mod gpu;
#[cfg(feature = "compute")]
mod gpu_segmenter;
mod graphics;
mod on_cpu;
#[cfg(feature = "compute")]
mod on_gpu;
mod segmenter;
#[cfg(feature = "compute")]
mod stills;
mod times;
mod timestamps;
#[cfg(feature = "compute")]
mod tuning;

pub use engine::{Engine, MAX_MATTE_AGE, PreparedModel, Segmentation, Segmented};
pub use error::{EngineError, Reason};
#[cfg(feature = "compute")]
pub use gate::MaskGate;
#[cfg(feature = "compute")]
pub use gpu::{Gpu, GpuOptions};
#[cfg(feature = "compute")]
pub use gpu_segmenter::NetworkMemory;
pub use graphics::{Generation, Graphics, PowerPreference};
pub use on_cpu::OnCpu;
#[cfg(feature = "compute")]
pub use on_gpu::OnGpu;
pub use segmenter::{Backend, Segmenter};
#[cfg(feature = "compute")]
pub use stills::Stills;
pub use times::{Clock, GpuTimes, StageTimes};
pub use timestamps::{ImportTimestamps, Timestamps};

pub use cyclorama_effects as effects;
pub use cyclorama_segmentation::{ModelConfig, Precision};
