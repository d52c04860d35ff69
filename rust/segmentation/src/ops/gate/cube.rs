use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::CubeBackend;

use super::{GateOps, Join};
use crate::ops::kernel::{Kernel, Output, groups, vectors};
use crate::ops::{Optional, Tiling};

/// Threads of the one workgroup. On hardware WebGPU's guaranteed most; a software adapter switches between the
/// threads of a group at every barrier, which costs more than a few of them save.
fn workgroup(tiling: Tiling) -> u32 {
    match tiling {
        Tiling::Small => 256,
        Tiling::Large => 32,
    }
}

impl GateOps for CubeBackend {
    fn gate(
        input: FloatTensor<Self>,
        second: Optional<Self>,
        join: Join,
        squeeze_weight: FloatTensor<Self>,
        squeeze_bias: FloatTensor<Self>,
        excite_weight: FloatTensor<Self>,
        excite_bias: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let second = second.into_option();
        let [_, height, width, channels] = input.meta.shape().dims();
        let [joined, squeezed] = squeeze_weight.meta.shape().dims();
        let concatenated = second.is_some() && join == Join::Concatenate;
        debug_assert_eq!(joined, channels * if concatenated { 2 } else { 1 });
        let second_pixels = second.as_ref().map_or(1, |map| {
            let [_, height, width, _] = map.meta.shape().dims();
            height * width
        });
        let tiling = Tiling::of(&input);
        let threads = workgroup(tiling);
        let output = Output::map([1, 1, 1, channels]);
        let mut inputs = vec![
            vectors("input", input),
            vectors("squeeze_weight", squeeze_weight),
            vectors("squeeze_bias", squeeze_bias),
            vectors("excite_weight", excite_weight),
            vectors("excite_bias", excite_bias),
        ];
        inputs.extend(second.map(|map| vectors("second", map)));
        Kernel::new("gate", include_str!("kernel.wgsl"), tiling)
            .workgroup(threads)
            .constant("CHANNELS", channels)
            .constant("GROUPS", groups(channels))
            .constant("LANES", (threads as usize / groups(channels)).max(1))
            .constant("PIXELS", height * width)
            .constant("SECOND_PIXELS", second_pixels)
            .flag("CONCATENATED", concatenated)
            .constant("JOINED", joined)
            .constant("SQUEEZED", squeezed)
            .constant("SQUEEZED_GROUPS", groups(squeezed))
            .launch(threads as usize, inputs, output)
    }
}
