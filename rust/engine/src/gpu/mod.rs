//! The engines that composite on a GPU.

#[cfg(feature = "compute")]
mod adapter;
#[cfg(feature = "compute")]
mod compute_context;
mod context;
mod engine;
mod frame;
mod frame_encoder;
#[cfg(feature = "compute")]
mod mask_check;
#[cfg(feature = "compute")]
mod memory;
mod on_cpu;
#[cfg(feature = "compute")]
mod on_gpu;
#[cfg(feature = "compute")]
mod plan;
#[cfg(feature = "compute")]
mod segmenter;
mod timestamps;
#[cfg(feature = "compute")]
mod tuning;

#[cfg(feature = "compute")]
pub use compute_context::{ComputeContext, ComputeContextOptions};
pub use context::{Generation, GpuContext, PowerPreference};
pub use engine::{Engine, PreparedModel, Segmentation};
pub use frame::{Composited, GpuFrame};
#[cfg(feature = "compute")]
pub use mask_check::MaskCheck;
#[cfg(feature = "compute")]
pub use memory::ModelMemory;
pub use on_cpu::OnCpu;
#[cfg(feature = "compute")]
pub use on_gpu::OnGpu;
#[cfg(feature = "compute")]
pub(crate) use segmenter::{GpuInference, GpuSegmenter};
pub use timestamps::{ImportTimestamps, Timestamps};
