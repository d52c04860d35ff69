//! Metrics of person masks against ground truth, and perceptual image comparison: pure functions of data in memory.
//!
//! | metric | measures | best | source |
//! |---|---|---|---|
//! | [`iou`] | overlap of the areas | 1 | Jaccard 1912 |
//! | [`boundary`] | agreement of the outlines | 1 | Csurka et al. 2013, Perazzi et al. 2016 (DAVIS) |
//! | [`halo`] | original background left around the person | 0 | |
//! | [`flicker`] | changes between frames that the ground truth lacks | 0 | Erofeev et al. 2015 (dtSSD) |
//! | [`flip`] | perceptual difference of two images | 0 | Andersson et al. 2020 (FLIP) |
//!
//! ```
//! use cyclorama_quality::{Mask, Pair, iou};
//!
//! let found = Mask::new(2, 1, vec![255, 200])?;
//! let truth = Mask::new(2, 1, vec![255, 0])?;
//! assert_eq!(iou(&Pair::new(&found, &truth)?), 0.5);
//! # Ok::<(), cyclorama_quality::MaskError>(())
//! ```

mod boundary;
mod flicker;
mod flip;
mod halo;
mod image;
mod iou;
mod mask;
mod region;
#[cfg(test)]
mod testing;

pub use boundary::{Boundary, TOLERANCE, boundary};
pub use flicker::flicker;
pub use flip::{Flip, PixelsPerDegree, PixelsPerDegreeError, flip};
pub use halo::{BAND, halo};
pub use image::{Image, ImageError, ImagePair};
pub use iou::iou;
pub use mask::{Mask, MaskError, Pair};
