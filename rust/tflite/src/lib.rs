//! Reads TensorFlow Lite model files: the main graph's operators with their options, its tensors and their constant
//! bytes.
//!
//! The reader works in place on the bytes of the file and trusts none of them. Any input gives a [`Model`] or an
//! [`Error`]; nothing panics, and what is allocated is bounded by the limits in [`limits`], whatever a file claims.
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
//! What operators mean, and which graphs make sense, is for the caller to know: this crate checks that the file is
//! well formed and that every index in it points at something.

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
    reason = "generated, with a writer beside the reader"
)]
mod schema;
mod tensor;
#[cfg(test)]
mod tests;

pub use error::Error;
pub use model::Model;
pub use operator::{Activation, Operator, OperatorKind, Padding};
pub use tensor::{ElementType, Tensor};
