//! Shared parts of the loops for burn's CPU backend.
//!
//! An operator's `flex.rs` converts between tensors and slices. The arithmetic works on slices, in the operator's `cpu.rs`
//! and here. It is written once, with the vectors of [`fearless_simd`]. Natively the instruction set is chosen when a loop
//! is entered (AVX-512, AVX2, SSE4.2 or SSE2, NEON); for WebAssembly, at compile time.

mod buffer;
pub(crate) mod lanes;
pub(crate) mod panels;
mod upsample;

use burn::backend::Flex;
use burn::backend::tensor::FloatTensor;

pub(crate) use buffer::Buffer;
pub(crate) use upsample::Upsample;

/// The tensor primitive of burn's CPU backend.
pub(crate) type FlexTensor = FloatTensor<Flex>;

/// A contiguous tensor, readable as a slice.
pub(crate) struct Rows(FlexTensor);

impl Rows {
    pub(crate) fn new(tensor: &FlexTensor) -> Self {
        Self(tensor.to_contiguous())
    }

    /// All values. Not for inner loops: burn checks the layout on each call.
    pub(crate) fn values(&self) -> &[f32] {
        self.0.as_slice().expect("contiguous f32 tensors are slices")
    }

    /// The shape `[batch, height, width, channels]`.
    pub(crate) fn nhwc(&self) -> [usize; 4] {
        self.0.layout().shape().dims()
    }

    /// The shape of a tensor of any rank.
    pub(crate) fn shape<const D: usize>(&self) -> [usize; D] {
        self.0.layout().shape().dims()
    }
}
