//! The stages on the CPU, with SIMD: the same pipeline for [`Planes`] in memory.
//!
//! [`Preprocess`] is the twin of the GPU's [`Preprocess`](crate::Preprocess), [`Matting`] that of [`Matting`](crate::Matting),
//! [`composite`] that of [`Compositor::encode`](crate::Compositor::encode) and [`hide`] that of
//! [`Compositor::encode_hidden`](crate::Compositor::encode_hidden).

pub use crate::composite::cpu::{Compositor, composite};
pub use crate::hide::cpu::hide;
pub use crate::matte::cpu::Matte;
pub use crate::matting::cpu::Matting;
pub use crate::planes::{ColorMatrix, PixelOrder, Planes, Sampling, YuvStandard};
pub use crate::preprocess::cpu::Preprocess;
pub use crate::resample::cpu::Resampler;
