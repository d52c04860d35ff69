use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::CubeBackend;

use super::PointwiseOps;
use crate::ops::kernel::{KernelBuilder, Launch, Output, Stored, groups, matrices, vectors, workgroup};
use crate::ops::tiling::FEW_PIXELS;
use crate::ops::{Activation, Optional, Tiling};

/// What a thread computes.
struct Tile {
    /// Pixels in a row.
    pixels: usize,
    /// Groups of four output channels.
    out_groups: usize,
    /// Threads that share the input channels.
    lanes: usize,
    /// Whether the kernel is unrolled over the weights. A thread computes all output channels then.
    unrolled: bool,
}

/// The least number of groups of four input channels that [`LANES`] threads share.
const MIN_SHARED: usize = 16;
/// Threads for each result of a layer with many input channels and few pixels. On an NVIDIA H200, eight took 3.6 instead of
/// 4 µs, but they store twice as many sums.
const LANES: usize = 4;
/// Maximum number of products of four by four channels that the kernel is unrolled over. More take long to compile.
const MAX_UNROLLED: usize = 16;

impl Tile {
    /// The tile for a feature map of `pixels` with groups of four input and output channels. On SwiftShader, some larger
    /// tiles than the large ones here run up to a tenth faster but take twice as long to compile.
    fn choose(tiling: Tiling, pixels: usize, in_groups: usize, out_groups: usize) -> Self {
        let few = pixels < FEW_PIXELS;
        let of = |pixels| Self { pixels, out_groups: 1, lanes: 1, unrolled: false };
        match tiling {
            Tiling::Small
                if few
                    && in_groups >= MIN_SHARED
                    && (pixels * out_groups).is_multiple_of(workgroup(tiling) / LANES) =>
            {
                Self { lanes: LANES, ..of(1) }
            }
            Tiling::Small => of(if few { 1 } else { 2 }),
            Tiling::Medium => of(if few { 2 } else { 4 }),
            Tiling::Large if in_groups * out_groups <= MAX_UNROLLED => {
                Self { out_groups, unrolled: true, ..of(if pixels < 4096 { 4 } else { 8 }) }
            }
            // Distributes the output channels evenly over the threads.
            Tiling::Large => Self { out_groups: 2 - out_groups % 2, ..of(8) },
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
        let tiling = Tiling::of(&input);
        let (gate, residual) = (gate.into_option(), residual.into_option());
        launch(Tensors { input, gate, weight, bias, residual }, activation, tiling).run()
    }
}

pub(super) struct Tensors<T> {
    pub(super) input: T,
    pub(super) gate: Option<T>,
    pub(super) weight: T,
    pub(super) bias: T,
    pub(super) residual: Option<T>,
}

pub(super) fn launch<T: Stored>(tensors: Tensors<T>, activation: Activation, tiling: Tiling) -> Launch<T> {
    let Tensors { input, gate, weight, bias, residual } = tensors;
    let [_, height, width, channels] = input.dims();
    let [_, channels_out] = weight.dims();
    let [_, gate_height, gate_width, _] = gate.as_ref().map_or([1, 1, 1, channels], Stored::dims);
    let pixels = height * width;
    let tile = Tile::choose(tiling, pixels, groups(channels), groups(channels_out));
    let splits = groups(channels_out) / tile.out_groups;
    let output = Output::map([1, height, width, channels_out]);
    let mut inputs = vec![vectors("input", input), matrices("weight", weight), vectors("bias", bias)];
    inputs.extend(gate.map(|gate| vectors("gate", gate)));
    inputs.extend(residual.map(|residual| vectors("residual", residual)));
    KernelBuilder::new("pointwise", include_str!("kernel.wgsl"), tiling)
        .activation(activation)
        .constant("TILE", tile.pixels)
        .split_channels(groups(channels_out), tile.out_groups)
        .flag("UNROLLED", tile.unrolled)
        .constant("UNROLL", if tile.unrolled { groups(channels) } else { 1 })
        .lanes(tile.lanes as u32)
        .flag("HAS_TAIL", !pixels.is_multiple_of(tile.pixels))
        .constant("PIXELS", pixels)
        .constant("HEIGHT", height)
        .constant("WIDTH", width)
        .flag("GATE_UPSAMPLED", gate_height * gate_width > 1)
        .constant("GATE_HEIGHT", gate_height)
        .constant("GATE_WIDTH", gate_width)
        .constant("IN_GROUPS", groups(channels))
        .build(pixels.div_ceil(tile.pixels) * splits, inputs, output)
}
