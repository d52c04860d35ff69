//! The placeholder frame, for frames whose mask cannot be trusted.

pub(crate) mod cpu;
#[cfg(feature = "wgpu")]
pub(crate) mod pass;
#[cfg(all(test, feature = "wgpu"))]
mod test;

use crate::Size;

/// Pixels along the longer side of the grid that a blurred placeholder frame is reduced to.
const GRID_SIDE: u32 = 12;

/// The size of the grid for a frame: of about the same aspect ratio, at least one pixel each way, and at most as large as
/// the frame.
fn grid_size(frame: Size) -> Size {
    let Size { width, height } = frame;
    let longer = width.max(height);
    let side = |length: u32| ((2 * GRID_SIDE * length + longer) / (2 * longer)).clamp(1, length);
    Size { width: side(width), height: side(height) }
}
