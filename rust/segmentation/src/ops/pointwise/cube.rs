use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::CubeBackend;

use super::PointwiseOps;
use crate::ops::kernel::{Kernel, Output, groups, matrices, vectors};
use crate::ops::{Activation, Optional, Tiling};

/// What a thread makes.
struct Tile {
    /// Pixels in a row.
    pixels: usize,
    /// Groups of four output channels.
    share: usize,
    /// Whether the weights are written out: a thread makes all output channels then.
    unrolled: bool,
}

/// Products of four by four channels that are written out at most: beyond, the source takes long to compile.
const UNROLLED: usize = 16;

impl Tile {
    /// For a map of `pixels` with groups of four input and output channels. Of the large tiles tried on SwiftShader, some
    /// that are larger still run up to a tenth faster, but take twice as long to compile.
    fn choose(tiling: Tiling, pixels: usize, in_groups: usize, out_groups: usize) -> Self {
        match tiling {
            Tiling::Small if pixels < 1024 => Self { pixels: 2, share: 1, unrolled: false },
            Tiling::Small => Self { pixels: 4, share: 1, unrolled: false },
            Tiling::Large if in_groups * out_groups <= UNROLLED => {
                Self { pixels: if pixels < 4096 { 4 } else { 8 }, share: out_groups, unrolled: true }
            }
            // Threads share the output channels evenly.
            Tiling::Large => Self { pixels: 8, share: 2 - out_groups % 2, unrolled: false },
        }
    }
}

impl PointwiseOps for CubeBackend {
    fn pointwise(
        input: FloatTensor<Self>,
        gate: Optional<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        residual: Optional<Self>,
        activation: Activation,
    ) -> FloatTensor<Self> {
        let (gate, residual) = (gate.into_option(), residual.into_option());
        let [_, height, width, channels] = input.meta.shape().dims();
        let [_, channels_out] = weight.meta.shape().dims();
        let [_, gate_height, gate_width, _] =
            gate.as_ref().map_or([1, 1, 1, channels], |gate| gate.meta.shape().dims());
        let pixels = height * width;
        let tiling = Tiling::of(&input);
        let tile = Tile::choose(tiling, pixels, groups(channels), groups(channels_out));
        let splits = groups(channels_out) / tile.share;
        let output = Output::map([1, height, width, channels_out]);
        let mut inputs = vec![vectors("input", input), matrices("weight", weight), vectors("bias", bias)];
        inputs.extend(gate.map(|gate| vectors("gate", gate)));
        inputs.extend(residual.map(|residual| vectors("residual", residual)));
        Kernel::new("pointwise", include_str!("kernel.wgsl"), tiling)
            .activation(activation)
            .constant("TILE", tile.pixels)
            .constant("SHARE", tile.share)
            .constant("SPLITS", splits)
            .flag("UNROLLED", tile.unrolled)
            .constant("UNROLL", if tile.unrolled { groups(channels) } else { 1 })
            .flag("RAGGED", !pixels.is_multiple_of(tile.pixels))
            .constant("PIXELS", pixels)
            .constant("HEIGHT", height)
            .constant("WIDTH", width)
            .flag("GATE_STRETCHED", gate_height * gate_width > 1)
            .constant("GATE_HEIGHT", gate_height)
            .constant("GATE_WIDTH", gate_width)
            .constant("IN_GROUPS", groups(channels))
            .launch(pixels.div_ceil(tile.pixels) * splits, inputs, output)
    }
}
