use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::CubeBackend;

use super::ConvolutionOps;
use crate::ops::kernel::{Kernel, Output, groups, scalars, vectors};
use crate::ops::{Activation, PixelRange, Tiling, same_padding_before};

/// Pixels in a row, and groups of four channels out of `out_groups`, that a thread makes.
fn tile(tiling: Tiling, out_groups: usize) -> [usize; 2] {
    match tiling {
        Tiling::Small => [1, if out_groups.is_multiple_of(2) { 2 } else { 1 }],
        // The quickest of those tried on SwiftShader, where more pixels take longer to compile than they save.
        Tiling::Large => [4, if out_groups <= 4 { out_groups } else { 1 }],
    }
}

impl ConvolutionOps for CubeBackend {
    fn convolution(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        stride: usize,
        range: PixelRange,
        activation: Activation,
    ) -> FloatTensor<Self> {
        let [_, height, width, channels] = input.meta.shape().dims();
        let [kernel, _, _, channels_out] = weight.meta.shape().dims();
        let (out_height, out_width) = (height.div_ceil(stride), width.div_ceil(stride));
        let tiling = Tiling::of(&input);
        let [tile, share] = tile(tiling, groups(channels_out));
        let (across, splits) = (out_width.div_ceil(tile), groups(channels_out) / share);
        let output = Output::map([1, out_height, out_width, channels_out]);
        Kernel::new("convolution", include_str!("kernel.wgsl"), tiling)
            .activation(activation)
            .option("signed", range == PixelRange::MinusOneToOne)
            .constant("TILE", tile)
            .constant("TILES_ACROSS", across)
            .constant("COLUMNS", (tile - 1) * stride + kernel)
            .constant("SHARE", share)
            .constant("SPLITS", splits)
            .flag("WHOLE", splits == 1)
            .flag("RAGGED", across * tile != out_width)
            .constant("HEIGHT", height)
            .constant("WIDTH", width)
            .constant("CHANNELS", channels)
            .constant("LAST", height * width * channels - 1)
            .constant("KERNEL", kernel)
            .constant("STRIDE", stride)
            .constant("PAD_TOP", same_padding_before(height, kernel, stride))
            .constant("PAD_LEFT", same_padding_before(width, kernel, stride))
            .constant("OUT_WIDTH", out_width)
            .launch(
                out_height * across * splits,
                [scalars("input", input), vectors("weight", weight), vectors("bias", bias)],
                output,
            )
    }
}
