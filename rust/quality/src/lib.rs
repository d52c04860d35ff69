//! How good person masks are, beside true ones, and how alike pictures look: pure functions of what is in memory.
//!
//! | figure | asks | best | source |
//! |---|---|---|---|
//! | [`iou`] | is it the same area? | 1 | Jaccard 1912 |
//! | [`boundary`] | is the outline where it should be? | 1 | Csurka et al. 2013, Perazzi et al. 2016 (DAVIS) |
//! | [`halo`] | how much of the room survives around the person? | 0 | |
//! | [`flicker`] | what changes between frames and should not? | 0 | Erofeev et al. 2015 (dtSSD) |
//! | [`flip`] | do two pictures look alike? | 0 | Andersson et al. 2020 (FLIP) |
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
