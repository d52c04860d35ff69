use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::CubeBackend;

use super::EnlargementOps;
use crate::ops::Tiling;
use crate::ops::kernel::{Kernel, Output, groups, vectors};

/// Pixels in a row that a thread makes at most: they are written out.
const LONGEST: usize = 16;

/// Pixels of a row of `width_out` that lie between two neighbours of a row of `width`, where that is a whole number.
fn tile(width: usize, width_out: usize) -> usize {
    match (width - 1, width_out - 1) {
        (steps @ 1.., span) if span.is_multiple_of(steps) && (1..=LONGEST).contains(&(span / steps)) => {
            span / steps
        }
        _ => 1,
    }
}

impl EnlargementOps for CubeBackend {
    fn enlargement(input: FloatTensor<Self>, size: [usize; 2], class: Option<usize>) -> FloatTensor<Self> {
        let [_, height, width, channels] = input.meta.shape().dims();
        let [out_height, out_width] = size;
        let tile = tile(width, out_width);
        let across = out_width.div_ceil(tile);
        let output = match class {
            Some(_) => Output::scalars([1, out_height, out_width, 1]),
            None => Output::map([1, out_height, out_width, channels]),
        };
        Kernel::new("enlargement", include_str!("kernel.wgsl"), Tiling::of(&input))
            .constant("TILE", tile)
            .constant("TILES_ACROSS", across)
            .constant("HEIGHT", height)
            .constant("WIDTH", width)
            .constant("SPAN_Y", (out_height - 1).max(1))
            .constant("SPAN_X", (out_width - 1).max(1))
            .constant("GROUPS", groups(channels))
            .constant("CHANNELS", channels)
            .constant("OUT_WIDTH", out_width)
            .flag("PROBABILITY", class.is_some())
            .flag("SINGLE", channels == 1)
            .constant("CLASS", class.unwrap_or(0))
            .launch(out_height * across, [vectors("input", input)], output)
    }
}
