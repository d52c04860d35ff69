//! What the loops for burn's CPU backend share.
//!
//! An operator's `flex.rs` takes tensors apart and puts them together; the arithmetic is on slices, in the operator's
//! `cpu.rs` and here. It is written once over [`fearless_simd`]'s vectors: the instructions are chosen when a loop is
//! entered (AVX-512, AVX2, SSE4.2 or SSE2, NEON) or, for WebAssembly, when it is compiled.

mod buffer;
pub(crate) mod lanes;
pub(crate) mod panels;
mod stretch;

use burn::backend::Flex;
use burn::backend::tensor::FloatTensor;

pub(crate) use buffer::Buffer;
pub(crate) use stretch::Stretch;

/// The tensor primitive of burn's CPU backend.
pub(crate) type FlexTensor = FloatTensor<Flex>;

/// A tensor whose values lie row by row, ready to be read as a slice.
pub(crate) struct Rows(FlexTensor);

impl Rows {
    pub(crate) fn new(tensor: &FlexTensor) -> Self {
        Self(tensor.to_contiguous())
    }

    /// All values. Not for inner loops: burn looks through the layout each time.
    pub(crate) fn values(&self) -> &[f32] {
        self.0.as_slice().expect("contiguous f32 tensors are slices")
    }

    /// The four sizes `[batch, height, width, channels]`.
    pub(crate) fn nhwc(&self) -> [usize; 4] {
        self.0.layout().shape().dims()
    }

    /// The sizes of a tensor of any rank.
    pub(crate) fn shape<const D: usize>(&self) -> [usize; D] {
        self.0.layout().shape().dims()
    }
}
