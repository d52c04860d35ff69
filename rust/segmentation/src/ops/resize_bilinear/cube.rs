use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::CubeBackend;

use super::ResizeBilinearOps;
use crate::ops::Tiling;
use crate::ops::kernel::{KernelBuilder, Launch, Output, Stored, groups, vectors};

/// Maximum number of pixels in a row that a thread computes. The kernel is unrolled over them.
const MAX_TILE: usize = 16;

/// Output pixels from one input column to the next, if that is a whole number; otherwise 1.
fn tile(width: usize, width_out: usize) -> usize {
    match (width - 1, width_out - 1) {
        (steps @ 1.., span) if span.is_multiple_of(steps) && (1..=MAX_TILE).contains(&(span / steps)) => {
            span / steps
        }
        _ => 1,
    }
}

impl ResizeBilinearOps for CubeBackend {
    fn resize_bilinear(
        input: FloatTensor<Self>,
        size: [usize; 2],
        class: Option<usize>,
    ) -> FloatTensor<Self> {
        let tiling = Tiling::of(&input);
        launch(input, size, class, tiling).run()
    }
}

pub(super) fn launch<T: Stored>(
    input: T,
    [out_height, out_width]: [usize; 2],
    class: Option<usize>,
    tiling: Tiling,
) -> Launch<T> {
    let [_, height, width, channels] = input.dims();
    let tile = tile(width, out_width);
    let across = out_width.div_ceil(tile);
    let output = match class {
        Some(_) => Output::scalars([1, out_height, out_width, 1]),
        None => Output::map([1, out_height, out_width, channels]),
    };
    KernelBuilder::new("resize_bilinear", include_str!("kernel.wgsl"), tiling)
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
        .build(out_height * across, [vectors("input", input)], output)
}
