//! Limits of the models that this crate reads.
//!
//! In a `FlatBuffer` many references may point to the same table, so a small file can describe a huge graph. These limits
//! bound the memory of a parsed [`Model`](crate::Model) to about 10 MB. The segmentation models have fewer than 300
//! operators and 400 tensors.

/// Maximum number of operators in the main graph.
pub const OPERATORS: usize = 4096;

/// Maximum number of tensors in the main graph.
pub const TENSORS: usize = 4096;

/// Maximum number of dimensions of one tensor.
pub const DIMENSIONS: usize = 8;

/// Maximum number of inputs, and of outputs, of one operator or of the graph.
pub const OPERANDS: usize = 64;
