//! The engines that composite on a GPU.

#[cfg(feature = "compute")]
mod adapter;
#[cfg(feature = "compute")]
mod compute_context;
mod context;
mod engine;
#[cfg(feature = "compute")]
mod mask_check;
mod on_cpu;
#[cfg(feature = "compute")]
mod on_gpu;
#[cfg(feature = "compute")]
mod segmenter;
#[cfg(feature = "compute")]
mod stage_timer;
mod timestamps;
#[cfg(feature = "compute")]
mod tuning;

#[cfg(feature = "compute")]
pub use compute_context::{ComputeContext, ComputeContextOptions};
pub use context::{Generation, GpuContext, PowerPreference};
pub use engine::{Engine, PreparedModel, Segmentation, Segmented};
#[cfg(feature = "compute")]
pub use mask_check::MaskCheck;
pub use on_cpu::OnCpu;
#[cfg(feature = "compute")]
pub use on_gpu::OnGpu;
#[cfg(feature = "compute")]
pub use segmenter::ModelMemory;
pub use timestamps::{ImportTimestamps, Timestamps};
#[cfg(feature = "compute")]
pub(crate) use tuning::tune;
