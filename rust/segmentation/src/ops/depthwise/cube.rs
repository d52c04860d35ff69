use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::CubeBackend;

use super::DepthwiseOps;
use crate::ops::kernel::{Kernel, Output, groups, vectors};
use crate::ops::{Activation, Tiling, same_padding_before};

/// Height and width of what a thread makes, in pixels, of a result of this height or, dilated, of the longest part of one
/// whose pixels see each other. The large tiles are the quickest of those tried on SwiftShader that compile in a few tenths of
/// a second.
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
        dilation: usize,
        activation: Activation,
        add_input: bool,
    ) -> FloatTensor<Self> {
        let [_, height, width, channels] = input.meta.shape().dims();
        let [kernel, _, _] = weight.meta.shape().dims();
        let (out_height, out_width) = (height.div_ceil(stride), width.div_ceil(stride));
        let tiling = Tiling::of(&input);
        let [tile_height, tile_width] = tile(tiling, stride, out_height.div_ceil(dilation));
        let tiles = |size: usize, tile: usize| size.div_ceil(tile * dilation) * dilation;
        let (down, across) = (tiles(out_height, tile_height), tiles(out_width, tile_width));
        let reach = (kernel - 1) * dilation + 1;
        let output = Output::map([1, out_height, out_width, channels]);
        let mut code = Kernel::new("depthwise", include_str!("kernel.wgsl"), tiling);
        if dilation > 1 {
            code = code.option("dilated", true).constant("DILATION", dilation);
        }
        code.activation(activation)
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
            .constant("PAD_TOP", same_padding_before(height, reach, stride))
            .constant("PAD_LEFT", same_padding_before(width, reach, stride))
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
