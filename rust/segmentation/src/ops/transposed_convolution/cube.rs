use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::CubeBackend;

use super::{Scores, TransposedConvolutionOps, channels_out};
use crate::ops::Tiling;
use crate::ops::kernel::{Kernel, Output, groups, scalars, vectors};

/// Input pixels in a row that a thread works on.
fn tile(tiling: Tiling) -> usize {
    match tiling {
        Tiling::Small => 1,
        Tiling::Large => 4,
    }
}

impl TransposedConvolutionOps for CubeBackend {
    fn transposed_convolution(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        scores: Scores,
    ) -> FloatTensor<Self> {
        let [_, height, width, channels] = input.meta.shape().dims();
        let [channels_scored, kernel, _, _] = weight.meta.shape().dims();
        let tiling = Tiling::of(&input);
        let tile = tile(tiling);
        let (across, reach) = (width.div_ceil(tile), kernel.div_ceil(2));
        Kernel::new("transposed_convolution", include_str!("kernel.wgsl"), tiling)
            .constant("TILE", tile)
            .constant("TILES_ACROSS", across)
            .flag("RAGGED", across * tile != width)
            .constant("REACH", reach)
            .constant("COLUMNS", tile + reach - 1)
            .constant("HEIGHT", height)
            .constant("WIDTH", width)
            .constant("LAST", height * width - 1)
            .constant("KERNEL", kernel)
            .constant("IN_GROUPS", groups(channels))
            .constant("CHANNELS_OUT", channels_scored)
            .flag("PROBABILITY", scores == Scores::Probability)
            .flag("PAIR", channels_scored == 2)
            .launch(
                height * across,
                [vectors("input", input), vectors("weight", weight), scalars("bias", bias)],
                Output::scalars([1, height * 2, width * 2, channels_out(channels_scored, scores)]),
            )
    }
}
