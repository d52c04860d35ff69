//! The largest models that are read.
//!
//! In a `FlatBuffer` many references may point at the same table, so a small file can describe a huge graph. These
//! limits bound the memory of a parsed [`Model`](crate::Model) to about 10 MB, far above what the segmentation
//! networks need (fewer than 300 operators and 400 tensors).

/// Most operators in the main graph.
pub const OPERATORS: usize = 4096;

/// Most tensors in the main graph.
pub const TENSORS: usize = 4096;

/// Most dimensions of one tensor.
pub const DIMENSIONS: usize = 8;

/// Most inputs, and most outputs, of one operator or of the graph.
pub const OPERANDS: usize = 64;
