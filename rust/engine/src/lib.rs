//! A camera frame in, a composited frame out.
//!
//! [`ComputeContext`] owns one wgpu device for burn and for the image passes, so a frame on the GPU stays there:
//!
//! ```text
//! frame texture -> preprocess -> model input -> inference -> probability -> composite -> output texture
//!                  (submission 1)              (submission 2)              (submission 3)
//! ```
//!
//! An [`Engine`] does this for a stream of frames and reads nothing back. A [`MaskCheck`] reports on request whether the
//! model's masks can be right. Without compute shaders, an `Engine<OnCpu>` makes the mattes on the CPU, of frames in memory,
//! and composites on a [`GpuContext`], a device for images alone. [`Stills`] runs the whole pipeline for single images in
//! memory, on the GPU or on the CPU. [`Segmenter`] is the model alone.
//!
//! Models on the GPU and [`Stills`] need the feature `compute`, which is on by default.

#[cfg(feature = "compute")]
mod adapter;
#[cfg(feature = "compute")]
mod compute_context;
mod engine;
mod error;
mod frame_time;
mod gpu_context;
#[cfg(feature = "compute")]
mod gpu_segmenter;
mod history;
#[cfg(feature = "compute")]
mod mask_check;
mod on_cpu;
#[cfg(feature = "compute")]
mod on_gpu;
mod segmenter;
#[cfg(feature = "compute")]
mod stage_timer;
#[cfg(feature = "compute")]
mod stills;
mod timestamps;
mod timings;
#[cfg(feature = "compute")]
mod tuning;

#[cfg(feature = "compute")]
pub use compute_context::{ComputeContext, ComputeContextOptions};
pub use engine::{Engine, PreparedModel, Segmentation, Segmented};
pub use error::{EngineError, Reason};
pub use frame_time::FrameTime;
pub use gpu_context::{Generation, GpuContext, PowerPreference};
#[cfg(feature = "compute")]
pub use gpu_segmenter::ModelMemory;
pub use history::MAX_MATTE_AGE;
#[cfg(feature = "compute")]
pub use mask_check::MaskCheck;
pub use on_cpu::OnCpu;
#[cfg(feature = "compute")]
pub use on_gpu::OnGpu;
pub use segmenter::{Backend, Segmenter};
#[cfg(feature = "compute")]
pub use stills::Stills;
pub use timestamps::{ImportTimestamps, Timestamps};
pub use timings::{Clock, GpuTimes, StageTimings};

pub use cyclorama_effects as effects;
pub use cyclorama_segmentation::{ModelConfig, Precision};
