//! The person, composited over a background.

pub(crate) mod cpu;
#[cfg(feature = "wgpu")]
pub(crate) mod pass;
#[cfg(all(test, feature = "wgpu"))]
mod test;

use crate::Size;

/// Pixels along the longer side of a light map.
const LIGHT_MAP_SIDE: u32 = 32;

/// The size of the light map for a frame: a small copy of the background image.
pub(crate) fn light_map_size(frame: Size) -> Size {
    let longer = frame.width.max(frame.height);
    let side = |length: u32| (LIGHT_MAP_SIDE * length / longer).max(1);
    Size { width: side(frame.width), height: side(frame.height) }
}
