use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::CubeBackend;

use super::{DepthwiseOps, DepthwiseOptions};
use crate::ops::kernel::{KernelBuilder, Launch, Output, Stored, groups, vectors};
use crate::ops::tiling::FEW_PIXELS;
use crate::ops::{Tiling, same_padding_before};

/// Height and width in pixels of the tile that a thread computes.
///
/// `out_height` is the height of the result or, with dilation, of the longest part of it whose pixels share inputs;
/// `pixels` are those of the result. The large tiles are the fastest of those measured on SwiftShader that compile within a
/// few tenths of a second.
fn tile(tiling: Tiling, stride: usize, out_height: usize, pixels: usize) -> [usize; 2] {
    match tiling {
        Tiling::Small if pixels < FEW_PIXELS => [1, 1],
        Tiling::Small => [1, 2],
        Tiling::Medium => [2, 2],
        Tiling::Large if stride == 1 && out_height.is_multiple_of(3) => [3, 4],
        Tiling::Large => [2, 4],
    }
}

impl DepthwiseOps for CubeBackend {
    fn depthwise(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        options: DepthwiseOptions,
    ) -> FloatTensor<Self> {
        let tiling = Tiling::of(&input);
        launch(input, weight, bias, options, tiling).run()
    }
}

pub(super) fn launch<T: Stored>(
    input: T,
    weight: T,
    bias: T,
    options: DepthwiseOptions,
    tiling: Tiling,
) -> Launch<T> {
    let DepthwiseOptions { stride, dilation, activation, add_input } = options;
    let [_, height, width, channels] = input.dims();
    let [kernel, _, _] = weight.dims();
    let (out_height, out_width) = (height.div_ceil(stride), width.div_ceil(stride));
    let [tile_height, tile_width] =
        tile(tiling, stride, out_height.div_ceil(dilation), out_height * out_width);
    let tiles = |size: usize, tile: usize| size.div_ceil(tile * dilation) * dilation;
    let (down, across) = (tiles(out_height, tile_height), tiles(out_width, tile_width));
    let reach = (kernel - 1) * dilation + 1;
    let output = Output::map([1, out_height, out_width, channels]);
    let mut builder = KernelBuilder::new("depthwise", include_str!("kernel.wgsl"), tiling);
    if dilation > 1 {
        builder = builder.option("dilated", true).constant("DILATION", dilation);
    }
    builder
        .activation(activation)
        .constant("TILE_HEIGHT", tile_height)
        .constant("TILE_WIDTH", tile_width)
        .constant("TILES_ACROSS", across)
        .constant("ROWS", (tile_height - 1) * stride + kernel)
        .constant("COLUMNS", (tile_width - 1) * stride + kernel)
        .flag("HAS_TAIL", down * tile_height != out_height || across * tile_width != out_width)
        .constant("HEIGHT", height)
        .constant("WIDTH", width)
        .constant("LAST", height * width - 1)
        .split_channels(groups(channels), 1)
        .constant("KERNEL", kernel)
        .constant("STRIDE", stride)
        .constant("PAD_TOP", same_padding_before(height, reach, stride))
        .constant("PAD_LEFT", same_padding_before(width, reach, stride))
        .constant("OUT_HEIGHT", out_height)
        .constant("OUT_WIDTH", out_width)
        .flag("ADD_INPUT", add_input)
        .build(
            down * across * groups(channels),
            [vectors("input", input), vectors("weight", weight), vectors("bias", bias)],
            output,
        )
}
