use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::CubeBackend;

use super::{ConvTranspose2dOps, HeadOutput, channels_out};
use crate::ops::Tiling;
use crate::ops::kernel::{KernelBuilder, Launch, Output, Stored, groups, scalars, vectors};

/// Input pixels in a row that a thread works on.
fn tile(tiling: Tiling) -> usize {
    match tiling {
        Tiling::Small | Tiling::Medium => 1,
        Tiling::Large => 4,
    }
}

impl ConvTranspose2dOps for CubeBackend {
    fn conv_transpose2d(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        head_output: HeadOutput,
    ) -> FloatTensor<Self> {
        let tiling = Tiling::of(&input);
        launch(input, weight, bias, head_output, tiling).run()
    }
}

pub(super) fn launch<T: Stored>(
    input: T,
    weight: T,
    bias: T,
    head_output: HeadOutput,
    tiling: Tiling,
) -> Launch<T> {
    let [_, height, width, channels] = input.dims();
    let [logits, kernel, _, _] = weight.dims();
    let tile = tile(tiling);
    let (across, reach) = (width.div_ceil(tile), kernel.div_ceil(2));
    KernelBuilder::new("conv_transpose2d", include_str!("kernel.wgsl"), tiling)
        .constant("TILE", tile)
        .constant("TILES_ACROSS", across)
        .flag("HAS_TAIL", across * tile != width)
        .constant("REACH", reach)
        .constant("COLUMNS", tile + reach - 1)
        .constant("HEIGHT", height)
        .constant("WIDTH", width)
        .constant("LAST", height * width - 1)
        .constant("KERNEL", kernel)
        .constant("IN_GROUPS", groups(channels))
        .constant("CHANNELS_OUT", logits)
        .flag("PROBABILITY", head_output == HeadOutput::Probability)
        .flag("PAIR", logits == 2)
        .build(
            height * across,
            [vectors("input", input), vectors("weight", weight), scalars("bias", bias)],
            Output::scalars([1, height * 2, width * 2, channels_out(logits, head_output)]),
        )
}
