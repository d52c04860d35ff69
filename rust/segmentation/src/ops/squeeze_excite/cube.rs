use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::CubeBackend;

use super::{GateInput, SqueezeExciteOps, SqueezeExciteWeights};
use crate::ops::kernel::{KernelBuilder, Launch, Output, Stored, groups, vectors};
use crate::ops::{Optional, Tiling};

/// Threads of the only workgroup. For hardware: the maximum that WebGPU guarantees. A software adapter switches between
/// the threads of a workgroup at every barrier, which costs more than a few of them save.
fn workgroup(tiling: Tiling) -> u32 {
    match tiling {
        Tiling::Small => 256,
        Tiling::Large => 32,
    }
}

impl SqueezeExciteOps for CubeBackend {
    fn squeeze_excite(
        input: FloatTensor<Self>,
        second: Optional<Self>,
        gate_input: GateInput,
        weights: SqueezeExciteWeights<Self>,
    ) -> FloatTensor<Self> {
        let SqueezeExciteWeights { squeeze_weight, squeeze_bias, excite_weight, excite_bias } = weights;
        let weights = [squeeze_weight, squeeze_bias, excite_weight, excite_bias];
        let tiling = Tiling::of(&input);
        launch(input, second.into_option(), gate_input, weights, tiling).run()
    }
}

pub(super) fn launch<T: Stored>(
    input: T,
    second: Option<T>,
    gate_input: GateInput,
    [squeeze_weight, squeeze_bias, excite_weight, excite_bias]: [T; 4],
    tiling: Tiling,
) -> Launch<T> {
    let [_, height, width, channels] = input.dims();
    let [means, squeezed] = squeeze_weight.dims();
    let concatenated = second.is_some() && gate_input == GateInput::Concatenate;
    debug_assert_eq!(means, channels * if concatenated { 2 } else { 1 });
    let second_pixels = second.as_ref().map_or(1, |map| {
        let [_, height, width, _] = map.dims();
        height * width
    });
    let threads = workgroup(tiling);
    let (groups, squeezed_groups) = (groups(channels), groups(squeezed));
    // Threads share the terms of a sum where the barriers of a sum over lanes are cheap.
    let tree = tiling == Tiling::Small;
    let lanes = |groups: usize, terms: usize| (threads as usize / groups).clamp(1, terms);
    let layer_lanes = |groups, terms| if tree { lanes(groups, terms) } else { 1 };
    let [mean_lanes, squeeze_lanes, excite_lanes] =
        [lanes(groups, height * width), layer_lanes(squeezed_groups, means), layer_lanes(groups, squeezed)];
    let slots = (mean_lanes.max(excite_lanes) * groups).max(squeeze_lanes * squeezed_groups);
    let output = Output::map([1, 1, 1, channels]);
    let mut inputs = vec![
        vectors("input", input),
        vectors("squeeze_weight", squeeze_weight),
        vectors("squeeze_bias", squeeze_bias),
        vectors("excite_weight", excite_weight),
        vectors("excite_bias", excite_bias),
    ];
    inputs.extend(second.map(|map| vectors("second", map)));
    KernelBuilder::new("squeeze_excite", include_str!("kernel.wgsl"), tiling)
        .workgroup(threads)
        .constant("CHANNELS", channels)
        .constant("GROUPS", groups)
        .constant("LANES", mean_lanes)
        .constant("SQUEEZE_LANES", squeeze_lanes)
        .constant("EXCITE_LANES", excite_lanes)
        .constant("SLOTS", slots)
        .flag("TREE", tree)
        .constant("PIXELS", height * width)
        .constant("SECOND_PIXELS", second_pixels)
        .flag("CONCATENATED", concatenated)
        .constant("MEANS", means)
        .constant("SQUEEZED", squeezed)
        .constant("SQUEEZED_GROUPS", squeezed_groups)
        .build(threads as usize, inputs, output)
}
