use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::CubeBackend;

use super::DepthwiseOps;
use crate::ops::kernel::{Kernel, Output, groups, vectors};
use crate::ops::{Activation, Tiling, same_padding_before};

/// Height and width of what a thread makes, in pixels. The large tiles are the quickest of those tried on SwiftShader
/// that compile in a few tenths of a second.
fn tile(tiling: Tiling, stride: usize, out_height: usize) -> [usize; 2] {
    match tiling {
        Tiling::Small => [2, 2],
        Tiling::Large if stride == 1 && out_height.is_multiple_of(3) => [3, 4],
        Tiling::Large => [2, 4],
    }
}

impl DepthwiseOps for CubeBackend {
    fn depthwise(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        stride: usize,
        activation: Activation,
        add_input: bool,
    ) -> FloatTensor<Self> {
        let [_, height, width, channels] = input.meta.shape().dims();
        let [kernel, _, _] = weight.meta.shape().dims();
        let (out_height, out_width) = (height.div_ceil(stride), width.div_ceil(stride));
        let tiling = Tiling::of(&input);
        let [tile_height, tile_width] = tile(tiling, stride, out_height);
        let (down, across) = (out_height.div_ceil(tile_height), out_width.div_ceil(tile_width));
        let output = Output::map([1, out_height, out_width, channels]);
        Kernel::new("depthwise", include_str!("kernel.wgsl"), tiling)
            .activation(activation)
            .constant("TILE_HEIGHT", tile_height)
            .constant("TILE_WIDTH", tile_width)
            .constant("TILES_ACROSS", across)
            .constant("ROWS", (tile_height - 1) * stride + kernel)
            .constant("COLUMNS", (tile_width - 1) * stride + kernel)
            .flag("RAGGED", down * tile_height != out_height || across * tile_width != out_width)
            .constant("HEIGHT", height)
            .constant("WIDTH", width)
            .constant("LAST", height * width - 1)
            .constant("GROUPS", groups(channels))
            .constant("KERNEL", kernel)
            .constant("STRIDE", stride)
            .constant("PAD_TOP", same_padding_before(height, kernel, stride))
            .constant("PAD_LEFT", same_padding_before(width, kernel, stride))
            .constant("OUT_HEIGHT", out_height)
            .constant("OUT_WIDTH", out_width)
            .flag("ADD_INPUT", add_input)
            .launch(
                down * across * groups(channels),
                [vectors("input", input), vectors("weight", weight), vectors("bias", bias)],
                output,
            )
    }
}
