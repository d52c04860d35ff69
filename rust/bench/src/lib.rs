//! Helpers of the benchmarks: the model files, and XNNPACK for comparison.
//!
//! `cargo bench --workspace` measures each of the seven models (`benches/models.rs`) and each operator at the shapes of the
//! landscape model (`benches/operators.rs`), on burn's CPU backend with one thread and on the machine's wgpu adapter. The
//! dependencies are ordinary ones rather than dev-dependencies, so that every call of cargo with `--workspace` builds burn
//! with the same features.

mod xnnpack;

use std::path::{Path, PathBuf};

pub use xnnpack::Xnnpack;

/// The models, by the names of their files.
pub const MODELS: [&str; 7] = [
    "selfie_segmentation_landscape",
    "selfie_segmentation",
    "segm_full_v679",
    "segm_lite_v681",
    "segm_lite_v509",
    "body-pix-float-050-8",
    "deeplabv3_257_mv_gpu",
];

/// The file of a model.
pub fn model(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models").join(name).with_extension("tflite")
}

/// The bytes of a model's file.
pub fn read_model(name: &str) -> Vec<u8> {
    let path = model(name);
    std::fs::read(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; `node scripts/models.mjs` fetches it", path.display()))
}

/// `len` reproducible values in [0, 1) that look like noise.
pub fn noise(len: usize) -> Vec<f32> {
    // The fractional parts of multiples of the golden ratio.
    (0..len).map(|index| (index as f64 * 0.618_033_988_749_895).fract() as f32).collect()
}
