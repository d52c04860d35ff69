use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::CubeBackend;

use super::SkipFusionOps;
use crate::ops::kernel::{KernelBuilder, Launch, Output, Stored, groups, matrices, vectors};
use crate::ops::{Activation, Tiling};

/// Maximum number of groups of four channels that the kernel is unrolled over. More take long to compile.
const MAX_UNROLLED: usize = 4;

impl SkipFusionOps for CubeBackend {
    fn skip_fusion(
        skip: FloatTensor<Self>,
        gate: FloatTensor<Self>,
        low: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        activation: Activation,
    ) -> FloatTensor<Self> {
        let tiling = Tiling::of(&skip);
        launch(Tensors { skip, gate, low, weight, bias }, activation, tiling).run()
    }
}

pub(super) struct Tensors<T> {
    pub(super) skip: T,
    pub(super) gate: T,
    pub(super) low: T,
    pub(super) weight: T,
    pub(super) bias: T,
}

pub(super) fn launch<T: Stored>(tensors: Tensors<T>, activation: Activation, tiling: Tiling) -> Launch<T> {
    let Tensors { skip, gate, low, weight, bias } = tensors;
    let [_, height, width, channels] = skip.dims();
    let [_, low_height, low_width, _] = low.dims();
    debug_assert_eq!([height, width], [2 * low_height, 2 * low_width]);
    let groups = groups(channels);
    let unrolled = tiling == Tiling::Large && groups <= MAX_UNROLLED;
    let out_groups_per_thread = match unrolled {
        true => groups,
        false if tiling != Tiling::Small && groups.is_multiple_of(2) => 2,
        false => 1,
    };
    let splits = groups / out_groups_per_thread;
    let output = Output::map([1, height, width, channels]);
    KernelBuilder::new("skip_fusion", include_str!("kernel.wgsl"), tiling)
        .activation(activation)
        .split_channels(groups, out_groups_per_thread)
        .flag("UNROLLED", unrolled)
        .constant("UNROLL", if unrolled { groups } else { 1 })
        .constant("LOW_HEIGHT", low_height)
        .constant("LOW_WIDTH", low_width)
        .constant("GROUPS", groups)
        .build(
            (low_height + 1) * (low_width + 1) * splits,
            [
                vectors("skip", skip),
                vectors("gate", gate),
                vectors("low", low),
                matrices("weight", weight),
                vectors("bias", bias),
            ],
            output,
        )
}
