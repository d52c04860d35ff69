//! What the benchmarks share: the model files, and XNNPACK to hold the times against.
//!
//! `cargo bench --workspace` times each of the seven networks (`benches/models.rs`) and each operator at the shapes at
//! which the landscape network uses it (`benches/operators.rs`), on burn's CPU backend with one thread and on the
//! machine's wgpu adapter. The dependencies are ordinary ones rather than those of tests: so they count for every call
//! of cargo with `--workspace`, and no call finds a burn of other features than the last.

mod xnnpack;

use std::path::{Path, PathBuf};

pub use xnnpack::Xnnpack;

/// The networks by the names of their files.
pub const MODELS: [&str; 7] = [
    "selfie_segmentation_landscape",
    "selfie_segmentation",
    "segm_full_v679",
    "segm_lite_v681",
    "segm_lite_v509",
    "body-pix-float-050-8",
    "deeplabv3_257_mv_gpu",
];

/// The file of a network.
pub fn model(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models").join(name).with_extension("tflite")
}

/// The bytes of a network's file.
pub fn read_model(name: &str) -> Vec<u8> {
    let path = model(name);
    std::fs::read(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; `node scripts/models.mjs` fetches it", path.display()))
}

/// `len` values in [0, 1) that look like noise and are the same each time.
pub fn noise(len: usize) -> Vec<f32> {
    // The fractions of multiples of the golden ratio.
    (0..len).map(|index| (index as f64 * 0.618_033_988_749_895).fract() as f32).collect()
}
