use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::CubeBackend;

use super::{AvgPool2dOps, windows};
use crate::ops::Tiling;
use crate::ops::kernel::{KernelBuilder, Launch, Output, Stored, groups, vectors};

impl AvgPool2dOps for CubeBackend {
    fn avg_pool2d(input: FloatTensor<Self>, window: [usize; 2], stride: [usize; 2]) -> FloatTensor<Self> {
        let tiling = Tiling::of(&input);
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
    KernelBuilder::new("avg_pool2d", include_str!("kernel.wgsl"), tiling)
        .constant("WIDTH", width)
        .constant("GROUPS", groups(channels))
        .constant("WINDOW_HEIGHT", window[0])
        .constant("WINDOW_WIDTH", window[1])
        .constant("STRIDE_HEIGHT", stride[0])
        .constant("STRIDE_WIDTH", stride[1])
        .constant("OUT_WIDTH", out_width)
        .build(out_height * out_width * groups(channels), [vectors("input", input)], output)
}
