//! What the fuzz targets are given: files of graphs that are nearly those of the networks, and values that JavaScript could
//! hand over. `npm run fuzz -- --help` says how they are run, `docs/limits.md` what was found.

pub mod edit;
pub mod file;
pub mod javascript;
#[expect(
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    dead_code,
    reason = "generated; the reader's own copy keeps it to itself"
)]
#[path = "../../tflite/src/schema.rs"]
mod schema;
pub mod seeds;

/// Checks that an error is one line that a person can read, however much a file says.
///
/// # Panics
/// Where it is not, which is a finding.
pub fn check_message(error: &dyn std::error::Error) {
    /// Far above the longest message with an 80 character name or two.
    const LONGEST: usize = 2000;
    let message = error.to_string();
    assert!(!message.is_empty(), "an error without a message");
    assert!(message.len() <= LONGEST, "a message of {} bytes: {message}", message.len());
    assert!(!message.contains(['\n', '\r']), "a message of several lines: {message:?}");
}
