use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::CubeBackend;

use super::{GateInput, SqueezeExciteOps, SqueezeExciteWeights};
use crate::ops::kernel::{KernelBuilder, Launch, Output, Stored, Summed, groups, vectors};
use crate::ops::recording::summed;
use crate::ops::{Optional, Tiling};

/// Threads of the only workgroup. For hardware: the maximum that WebGPU guarantees. A software adapter switches between
/// the threads of a workgroup at every barrier, which costs more than a few of them save.
fn workgroup(tiling: Tiling) -> usize {
    match tiling {
        Tiling::Small | Tiling::Medium => 256,
        Tiling::Large => 32,
    }
}

/// The most terms of a sum that the kernel is unrolled over. Their loads do not wait for each other.
const MAX_UNROLLED: usize = 16;

/// The terms to read at once, of `terms` that a lane adds up.
fn at_once(tiling: Tiling, terms: usize) -> usize {
    match tiling {
        Tiling::Small | Tiling::Medium => terms.div_ceil(terms.div_ceil(MAX_UNROLLED)),
        Tiling::Large => 1,
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
        launch(summed(input), second.into_option().map(summed), gate_input, weights, tiling).run()
    }
}

pub(super) fn launch<T: Stored>(
    input: Summed<T>,
    second: Option<Summed<T>>,
    gate_input: GateInput,
    [squeeze_weight, squeeze_bias, excite_weight, excite_bias]: [T; 4],
    tiling: Tiling,
) -> Launch<T> {
    let channels = input.channels();
    let [means, squeezed] = squeeze_weight.dims();
    let has_second = second.is_some();
    let concatenated = has_second && gate_input == GateInput::Concatenate;
    debug_assert_eq!(means, channels * if concatenated { 2 } else { 1 });
    let [second_rows, second_pixels] =
        second.as_ref().map_or([1, 1], |second| [second.rows(), second.pixels]);
    let (groups, squeezed_groups) = (groups(channels), groups(squeezed));
    let threads = workgroup(tiling).max(groups).max(squeezed_groups);
    debug_assert!(threads <= 256, "more channels than a workgroup has threads for");
    // Threads share the terms of a sum where the barriers of a sum over lanes are cheap.
    let tree = tiling != Tiling::Large;
    let lanes = |groups: usize, terms: usize| (threads / groups).clamp(1, terms);
    let layer_lanes = |groups, terms| if tree { lanes(groups, terms) } else { 1 };
    let (rows, pixels) = (input.rows(), input.pixels);
    let mean_lanes = lanes(groups, rows);
    let [squeeze_lanes, excite_lanes] = [layer_lanes(squeezed_groups, means), layer_lanes(groups, squeezed)];
    let [squeeze_terms, excite_terms] = [means.div_ceil(squeeze_lanes), squeezed.div_ceil(excite_lanes)];
    let output = Output::map([1, 1, 1, channels]);
    let mut inputs = vec![
        vectors("input", input.terms),
        vectors("squeeze_weight", squeeze_weight),
        vectors("squeeze_bias", squeeze_bias),
        vectors("excite_weight", excite_weight),
        vectors("excite_bias", excite_bias),
    ];
    inputs.extend(second.map(|second| vectors("second", second.terms)));
    KernelBuilder::new("squeeze_excite", include_str!("kernel.wgsl"), tiling)
        .workgroup(threads as u32)
        .constant("CHANNELS", channels)
        .constant("GROUPS", groups)
        .constant("MEAN_LANES", mean_lanes)
        .constant("SQUEEZE_LANES", squeeze_lanes)
        .constant("EXCITE_LANES", excite_lanes)
        .constant("SQUEEZE_TERMS", squeeze_terms)
        .constant("EXCITE_TERMS", excite_terms)
        .flag("TREE", tree)
        .flag("PREFETCH", tree && squeeze_terms.max(excite_terms) <= MAX_UNROLLED)
        .constant("ROWS", rows)
        .constant("ROWS_AT_ONCE", at_once(tiling, rows.div_ceil(mean_lanes)))
        .constant("PIXELS", pixels)
        .constant("SECOND_ROWS", second_rows)
        .constant("SECOND_ROWS_AT_ONCE", at_once(tiling, second_rows.div_ceil(mean_lanes)))
        .constant("SECOND_PIXELS", second_pixels)
        .flag("ADDED", has_second && !concatenated)
        .flag("CONCATENATED", concatenated)
        .constant("MEANS", means)
        .constant("SQUEEZED", squeezed)
        .constant("SQUEEZED_GROUPS", squeezed_groups)
        .build(threads, inputs, output)
}
