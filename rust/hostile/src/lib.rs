//! Hostile input for the readers of untrusted bytes and options: files with modified graphs of the models, and values that
//! JavaScript could pass.
//!
//! A libFuzzer program in `rust/fuzz` runs each [`Target`] continuously. The tests of this crate run it on the inputs in
//! `rust/fuzz/corpus`, on seeds and on random inputs. `docs/limits.md` lists the findings.

mod edit;
mod file;
mod import;
mod javascript;
mod options;
#[expect(
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    clippy::doc_markdown,
    clippy::undocumented_unsafe_blocks,
    clippy::wrong_self_convention,
    dead_code,
    unused_qualifications,
    reason = "generated; the schema of the reader is private"
)]
#[path = "../../tflite/src/schema.rs"]
mod schema;
mod seeds;
mod tflite;
mod values;

use std::path::PathBuf;
use std::{env, fs, process};

pub use import::IMPORT;
pub use options::OPTIONS;
pub use tflite::TFLITE;

/// Code that must handle any input.
pub struct Target {
    /// The name of its program and of its corpus folder in `rust/fuzz`.
    pub name: &'static str,
    /// Runs one input. A panic is a finding.
    pub run: fn(&[u8]) -> Outcome,
    /// Initial inputs, with the names of the models that they are generated from.
    pub seeds: fn() -> Vec<(&'static str, Vec<u8>)>,
}

/// The outcome of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The input was accepted.
    Accepted,
    /// The input gave an error.
    Refused,
    /// The input does not describe a value for the target, so a corpus need not keep it.
    Unusable,
}

impl Target {
    /// Writes the seeds and ends the program, if `CYCLORAMA_SEEDS` names a folder for them.
    ///
    /// # Panics
    /// If a seed cannot be written.
    pub fn write_seeds_if_requested(&self) {
        let Some(folder) = env::var_os("CYCLORAMA_SEEDS").map(PathBuf::from) else { return };
        for (name, bytes) in (self.seeds)() {
            fs::write(folder.join(name), bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        process::exit(0);
    }
}

/// Checks that an error is one line of limited length.
fn refused(error: &dyn std::error::Error) -> Outcome {
    /// Far above the longest message with one or two names of 80 characters.
    const MAX_LENGTH: usize = 2000;
    let message = error.to_string();
    assert!(!message.is_empty(), "an error without a message");
    assert!(message.len() <= MAX_LENGTH, "a message of {} bytes: {message}", message.len());
    assert!(!message.contains(['\n', '\r']), "a message of several lines: {message:?}");
    Outcome::Refused
}
