//! A camera frame in, a composited frame out.
//!
//! [`ComputeContext`] owns one wgpu device for burn and for the image passes, so a frame on the GPU stays there:
//!
//! ```text
//! frame texture -> preprocess -> model input -> inference -> probability -> refine -> matte -> composite -> output texture
//! ```
//!
//! A frame is one submission. burn imports the model. Its operators are recorded once, and each frame encodes the recorded
//! dispatches.
//!
//! An [`Engine`] does this for a stream of frames and reads nothing back. A [`MaskCheck`] reports on request whether the
//! model's masks can be right. Without compute shaders, an `Engine<OnCpu>` makes the mattes on the CPU, of frames in memory,
//! and composites on a [`GpuContext`], a device for images alone. A [`CpuEngine`] uses no GPU at all. [`Stills`] runs the
//! whole pipeline for single images in memory, on the GPU or on the CPU. [`Segmenter`] is the model alone.
//!
//! Models on the GPU and [`Stills`] need the feature `compute`, which is on by default. It implies `wgpu`, which [`Engine`]
//! needs.

mod cpu_engine;
mod error;
mod frame_time;
#[cfg(feature = "wgpu")]
mod gpu;
mod history;
mod segmenter;
#[cfg(feature = "compute")]
mod stills;
mod timings;

pub use cpu_engine::{CpuEngine, CpuFrame};
pub use error::{EngineError, Reason};
pub use frame_time::FrameTime;
#[cfg(feature = "wgpu")]
pub use gpu::{
    Composited, Engine, Generation, GpuContext, GpuFrame, ImportTimestamps, OnCpu, PowerPreference,
    PreparedModel, Segmentation, Timestamps,
};
#[cfg(feature = "compute")]
pub use gpu::{ComputeContext, ComputeContextOptions, MaskCheck, ModelMemory, OnGpu};
pub use history::MAX_MATTE_AGE;
pub use segmenter::{Backend, Segmenter};
#[cfg(feature = "compute")]
pub use stills::Stills;
pub use timings::{Clock, GpuTimes, StageTimings};

pub use cyclorama_effects as effects;
pub use cyclorama_segmentation::{ModelConfig, Precision};
