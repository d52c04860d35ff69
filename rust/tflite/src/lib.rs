//! Reads TensorFlow Lite model files: the operators of the main graph with their options, its tensors and its constants.
//!
//! The reader works in place on the bytes of a file and does not trust them. Any input gives a [`Model`] or an [`Error`].
//! It never panics, and [`limits`] bound the memory that it allocates.
//!
//! ```no_run
//! let bytes = std::fs::read("models/selfie_segmentation.tflite")?;
//! let model = cyclorama_tflite::Model::parse(&bytes)?;
//! for operator in model.operators() {
//!     println!("{}", operator.kind);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! This crate checks that a file is well formed and that every index is valid. The caller checks the meaning of operators
//! and graphs.

mod builtin;
mod error;
pub mod limits;
mod model;
mod operator;
#[expect(
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    clippy::doc_markdown,
    clippy::undocumented_unsafe_blocks,
    clippy::wrong_self_convention,
    dead_code,
    unused_qualifications,
    reason = "generated, with a writer in addition to the reader"
)]
mod schema;
mod tensor;
#[cfg(test)]
mod tests;

pub use error::Error;
pub use model::Model;
pub use operator::{Activation, Operator, OperatorKind, Padding};
pub use tensor::{ElementType, Tensor};
