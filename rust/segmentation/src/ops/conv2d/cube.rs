use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::CubeBackend;

use super::{Conv2dOps, Conv2dOptions};
use crate::ops::kernel::{KernelBuilder, Launch, Output, Stored, groups, scalars, vectors};
use crate::ops::{PixelRange, Tiling, same_padding_before};

/// Pixels in a row, and groups of four channels out of `out_groups`, that a thread computes.
fn tile(tiling: Tiling, out_groups: usize) -> [usize; 2] {
    match tiling {
        Tiling::Small => [2, 1],
        Tiling::Medium => [1, if out_groups.is_multiple_of(2) { 2 } else { 1 }],
        // The fastest of those measured on SwiftShader, where more pixels take longer to compile than they save.
        Tiling::Large => [4, if out_groups <= 4 { out_groups } else { 1 }],
    }
}

impl Conv2dOps for CubeBackend {
    fn conv2d(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        options: Conv2dOptions,
    ) -> FloatTensor<Self> {
        let tiling = Tiling::of(&input);
        launch(input, weight, bias, options, tiling).run()
    }
}

pub(super) fn launch<T: Stored>(
    input: T,
    weight: T,
    bias: T,
    options: Conv2dOptions,
    tiling: Tiling,
) -> Launch<T> {
    let Conv2dOptions { stride, range, activation } = options;
    let [_, height, width, channels] = input.dims();
    let [kernel, _, _, channels_out] = weight.dims();
    let (out_height, out_width) = (height.div_ceil(stride), width.div_ceil(stride));
    let [tile, out_groups_per_thread] = tile(tiling, groups(channels_out));
    let (across, splits) = (out_width.div_ceil(tile), groups(channels_out) / out_groups_per_thread);
    let output = Output::map([1, out_height, out_width, channels_out]);
    KernelBuilder::new("conv2d", include_str!("kernel.wgsl"), tiling)
        .activation(activation)
        .option("signed", range == PixelRange::MinusOneToOne)
        .constant("TILE", tile)
        .constant("TILES_ACROSS", across)
        .constant("COLUMNS", (tile - 1) * stride + kernel)
        .split_channels(groups(channels_out), out_groups_per_thread)
        .flag("WHOLE", splits == 1)
        .flag("HAS_TAIL", across * tile != out_width)
        .constant("HEIGHT", height)
        .constant("WIDTH", width)
        .constant("CHANNELS", channels)
        .constant("LAST", height * width * channels - 1)
        .constant("KERNEL", kernel)
        .constant("STRIDE", stride)
        .constant("PAD_TOP", same_padding_before(height, kernel, stride))
        .constant("PAD_LEFT", same_padding_before(width, kernel, stride))
        .constant("OUT_WIDTH", out_width)
        .build(
            out_height * across * splits,
            [scalars("input", input), vectors("weight", weight), vectors("bias", bias)],
            output,
        )
}
