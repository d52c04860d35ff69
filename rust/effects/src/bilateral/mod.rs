//! Edge refinement with joint bilateral upsampling.
//!
//! Each pixel at half the frame's size is the mean of the mask's nearest pixels, weighted by distance and by similarity of
//! color. Source: Kopf, Cohen, Lischinski, Uyttendaele, "Joint Bilateral Upsampling", 2007. On the demo's clip it improves
//! outlines less than [`guided`](crate::guided), at many times the cost (`docs/quality.md`). It exists for comparison.

pub(crate) mod cpu;
#[cfg(feature = "wgpu")]
pub(crate) mod pass;
#[cfg(all(test, feature = "wgpu"))]
mod test;

use crate::Size;

/// Pixels of the mask to each side of the nearest that count.
const RADIUS: usize = 2;
/// Standard deviation of the weight of a color difference, in the unit of colors in `[0, 1]`.
const COLOR_DEVIATION: f32 = 0.1;
/// Standard deviation of the weight of a distance, in pixels of the mask.
const DEVIATION: f32 = 1.5;
/// The size of the upsampled mask: half the frame's.
fn working_size(frame: Size) -> Size {
    Size { width: frame.width.div_ceil(2), height: frame.height.div_ceil(2) }
}
