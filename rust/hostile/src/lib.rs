//! Hostile input for what reads bytes and options from outside: files of graphs that are nearly those of the models, and
//! values that JavaScript could hand over.
//!
//! A libFuzzer program in `rust/fuzz` runs each [`Target`] without end. The tests of this crate run it on the inputs that are
//! kept in `rust/fuzz/corpus`, on seeds and on random inputs. `docs/limits.md` says what was found.

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
    reason = "generated; the reader's own copy keeps it to itself"
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

/// Code that has to survive any input.
pub struct Target {
    /// The name of its program in `rust/fuzz`, and of the folder of its inputs there.
    pub name: &'static str,
    /// Runs one input. A panic is a finding.
    pub run: fn(&[u8]) -> Outcome,
    /// Inputs to begin with, by the names of the models that they are made of.
    pub seeds: fn() -> Vec<(&'static str, Vec<u8>)>,
}

/// What became of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was read.
    Accepted,
    /// It gave an error.
    Refused,
    /// It does not describe what the target takes, so that a corpus need not keep it.
    Unusable,
}

impl Target {
    /// Writes the seeds and ends the program, if `CYCLORAMA_SEEDS` names a folder for them.
    ///
    /// # Panics
    /// If a seed cannot be written.
    pub fn write_seeds_where_asked(&self) {
        let Some(folder) = env::var_os("CYCLORAMA_SEEDS").map(PathBuf::from) else { return };
        for (name, bytes) in (self.seeds)() {
            fs::write(folder.join(name), bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        process::exit(0);
    }
}

/// Verifies that an error is one line that a person can read, however much a file says.
fn refused(error: &dyn std::error::Error) -> Outcome {
    /// Far above the longest message with an 80 character name or two.
    const LONGEST: usize = 2000;
    let message = error.to_string();
    assert!(!message.is_empty(), "an error without a message");
    assert!(message.len() <= LONGEST, "a message of {} bytes: {message}", message.len());
    assert!(!message.contains(['\n', '\r']), "a message of several lines: {message:?}");
    Outcome::Refused
}
