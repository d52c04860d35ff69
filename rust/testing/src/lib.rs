//! Shared by the tests of several crates: the checkout's files, and the names by which tests are skipped.
//!
//! A test whose path contains one of these parts needs something that a machine may lack. No other test has them in its path.
//!
//! | part | requirement | run without it |
//! |---|---|---|
//! | `on_gpu` | a GPU adapter, which may be a software one | `cargo test -- --skip on_gpu` |
//! | `meet` | Google Meet's models, which an optional npm package contains | `cargo test -- --skip meet` |
//!
//! [`needs_gpu`] and [`model`] fail a test whose path lacks the part.

use std::path::{Path, PathBuf};
use std::{env, fs, thread};

/// The models in this repository, by file name.
pub const MODELS: [&str; 4] =
    ["selfie_segmentation_landscape", "selfie_segmentation", "body-pix-float-050-8", "deeplabv3_257_mv_gpu"];

/// Google Meet's models.
pub const MEET_MODELS: [&str; 3] = ["segm_full_v679", "segm_lite_v681", "segm_lite_v509"];

/// The root of the checkout.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The folder of the models: `CYCLORAMA_MODELS`, or `models/` in the checkout.
pub fn models() -> PathBuf {
    env::var_os("CYCLORAMA_MODELS").map_or_else(|| root().join("models"), PathBuf::from)
}

/// The bytes of a model.
///
/// # Panics
/// If the file is missing, or if it is one of Google Meet's and the test's path lacks `meet`.
pub fn model(name: &str) -> Vec<u8> {
    if MEET_MODELS.contains(&name) {
        require("meet", name);
    }
    let path = models().join(name).with_extension("tflite");
    fs::read(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; `node scripts/models.mjs` fetches it", path.display()))
}

/// Checks the path of a test that requests a GPU adapter.
///
/// # Panics
/// If it lacks `on_gpu`.
pub fn needs_gpu() {
    require("on_gpu", "a GPU adapter");
}

fn require(part: &str, need: &str) {
    let thread = thread::current();
    let test = thread.name();
    assert!(
        may_need(test, part),
        "{} needs {need}: put `{part}` into its name, so that `cargo test -- --skip {part}` skips it",
        test.unwrap_or_default(),
    );
}

/// Whether a thread belongs to a test whose path contains this part. A test's thread is named after the path of the test. If
/// all tests share one thread, it is the main thread, and the check is skipped.
fn may_need(test: Option<&str>, part: &str) -> bool {
    test.is_none_or(|test| test == "main" || test.contains(part))
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::*;

    #[test]
    fn a_test_with_requirements_names_them() {
        for test in [Some("blur::test::agrees_with_the_cpu_on_gpu"), Some("on_gpu::sums"), Some("main"), None]
        {
            assert!(may_need(test, "on_gpu"), "{test:?}");
        }
        assert!(!may_need(Some("blur::test::agrees_with_the_cpu"), "on_gpu"));
        if thread::current().name() != Some("main") {
            catch_unwind(needs_gpu).expect_err("the name of this test does not state that it needs a GPU");
            catch_unwind(|| model(MEET_MODELS[0])).expect_err("or a model of Google Meet");
        }
    }

    #[test]
    fn all_models_of_the_manifest_are_known() {
        let manifest = fs::read_to_string(root().join("models/manifest.json")).unwrap();
        for name in MODELS.iter().chain(&MEET_MODELS) {
            assert!(manifest.contains(&format!("\"{name}.tflite\"")), "{name}");
        }
        assert_eq!(manifest.matches("\"file\":").count(), MODELS.len() + MEET_MODELS.len());
    }
}
