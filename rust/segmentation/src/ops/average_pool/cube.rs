use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::CubeBackend;

use super::{AveragePoolOps, windows};
use crate::ops::Tiling;
use crate::ops::kernel::{Kernel, Output, groups, vectors};

impl AveragePoolOps for CubeBackend {
    fn average_pool(input: FloatTensor<Self>, window: [usize; 2], stride: [usize; 2]) -> FloatTensor<Self> {
        let [_, height, width, channels] = input.meta.shape().dims();
        let out_height = windows(height, window[0], stride[0]);
        let out_width = windows(width, window[1], stride[1]);
        let output = Output::map([1, out_height, out_width, channels]);
        Kernel::new("average_pool", include_str!("kernel.wgsl"), Tiling::of(&input))
            .constant("WIDTH", width)
            .constant("GROUPS", groups(channels))
            .constant("WINDOW_HEIGHT", window[0])
            .constant("WINDOW_WIDTH", window[1])
            .constant("STRIDE_HEIGHT", stride[0])
            .constant("STRIDE_WIDTH", stride[1])
            .constant("OUT_WIDTH", out_width)
            .launch(out_height * out_width * groups(channels), [vectors("input", input)], output)
    }
}
