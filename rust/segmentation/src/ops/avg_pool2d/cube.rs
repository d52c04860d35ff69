use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::CubeBackend;

use super::{AvgPool2dOps, windows};
use crate::ops::Tiling;
use crate::ops::kernel::{KernelBuilder, Launch, Output, Stored, Summed, groups, vectors};
use crate::ops::recording::summed;

/// Threads that share a window of the whole feature map, on hardware. Other windows have a few dozen pixels.
const LANES: usize = 16;
/// The largest workgroup that WebGPU guarantees.
const MAX_WORKGROUP: usize = 256;

impl AvgPool2dOps for CubeBackend {
    fn avg_pool2d(input: FloatTensor<Self>, window: [usize; 2], stride: [usize; 2]) -> FloatTensor<Self> {
        let tiling = Tiling::of(&input);
        let [_, height, width, _] = input.dims();
        if window == [height, width] {
            return launch_whole(summed(input), tiling).run();
        }
        launch(input, window, stride, tiling).run()
    }
}

pub(super) fn launch<T: Stored>(
    input: T,
    window: [usize; 2],
    stride: [usize; 2],
    tiling: Tiling,
) -> Launch<T> {
    let [_, height, width, channels] = input.dims();
    let out_height = windows(height, window[0], stride[0]);
    let out_width = windows(width, window[1], stride[1]);
    let output = Output::map([1, out_height, out_width, channels]);
    kernel(tiling, channels, width, window, window[0] * window[1])
        .constant("STRIDE_HEIGHT", stride[0])
        .constant("STRIDE_WIDTH", stride[1])
        .constant("OUT_WIDTH", out_width)
        .build(out_height * out_width * groups(channels), [vectors("input", input)], output)
}

/// Averages a whole feature map.
pub(super) fn launch_whole<T: Stored>(map: Summed<T>, tiling: Tiling) -> Launch<T> {
    let (rows, channels) = (map.rows(), map.channels());
    let groups = groups(channels);
    let lanes = match tiling {
        Tiling::Large => 1,
        Tiling::Small | Tiling::Medium => (MAX_WORKGROUP / groups).clamp(1, LANES),
    };
    let mut builder = kernel(tiling, channels, 1, [rows, 1], map.pixels)
        .constant("STRIDE_HEIGHT", 1)
        .constant("STRIDE_WIDTH", 1)
        .constant("OUT_WIDTH", 1);
    if lanes > 1 {
        builder = builder.workgroup((groups * lanes) as u32).lanes(lanes as u32);
    }
    builder.build(groups, [vectors("input", map.terms)], Output::map([1, 1, 1, channels]))
}

/// A kernel that divides the sums over windows by `pixels`.
fn kernel(tiling: Tiling, channels: usize, width: usize, window: [usize; 2], pixels: usize) -> KernelBuilder {
    KernelBuilder::new("avg_pool2d", include_str!("kernel.wgsl"), tiling)
        .constant("WIDTH", width)
        .constant("GROUPS", groups(channels))
        .constant("WINDOW_HEIGHT", window[0])
        .constant("WINDOW_WIDTH", window[1])
        .constant("PIXELS", pixels)
}
