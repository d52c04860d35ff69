//! `cyclorama-quality` for the benchmark page, which measures masks with the same code as `cyclorama evaluate`. Not part of
//! the npm package.
#![cfg(target_family = "wasm")]

use cyclorama_quality::{Mask, Pair, TOLERANCE, boundary, iou};
use wasm_bindgen::{JsError, prelude::wasm_bindgen};

/// Agreement of a mask with the ground truth.
#[wasm_bindgen]
pub struct Agreement {
    /// Intersection over union, in 0..=1.
    pub iou: f64,
    /// The F-measure of the outline, in 0..=1, within [`TOLERANCE`] of the diagonal.
    #[wasm_bindgen(js_name = boundaryF)]
    pub boundary_f: f64,
}

/// Compares two masks of `width * height` levels, 0 for the room to 255 for the person, rows from the top.
///
/// # Errors
/// If a mask has no pixels, or not one level for each.
#[wasm_bindgen]
pub fn compare(width: u32, height: u32, found: Vec<u8>, truth: Vec<u8>) -> Result<Agreement, JsError> {
    let (found, truth) = (Mask::new(width, height, found)?, Mask::new(width, height, truth)?);
    let pair = Pair::new(&found, &truth)?;
    let tolerance = truth.diagonal_fraction(TOLERANCE);
    Ok(Agreement { iou: iou(&pair), boundary_f: boundary(&pair, tolerance).f })
}
