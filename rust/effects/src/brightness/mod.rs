//! Brightness matching: the gain of a background image for a scene with one light.
//!
//! An image taken at noon looks pasted behind a person in a dim room, and vice versa. The gain is the mean luma of
//! the frame divided by that of the image, clamped to `[0.5, 2]`. The frame's luma is taken from the mean colors at the
//! points of a grid, whose windows together cover every pixel of the mask. A sum of single pixels would flicker with every
//! movement, and so would the background.

pub(crate) mod cpu;
#[cfg(feature = "wgpu")]
pub(crate) mod pass;
#[cfg(all(test, feature = "wgpu"))]
mod test;

/// Points of the grid across and down.
const GRID: [u32; 2] = [16, 9];
/// Weights of red, green and blue in the luma of ITU-R BT.709.
const LUMA: [f32; 3] = [0.2126, 0.7152, 0.0722];
/// The smallest and the greatest gain.
const RANGE: [f32; 2] = [0.5, 2.0];
