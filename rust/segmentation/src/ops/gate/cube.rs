use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::CubeBackend;

use super::{GateOps, Join};
use crate::ops::Optional;
use crate::ops::kernel::{Kernel, scalars, vectors};

/// Threads of the one workgroup: WebGPU's guaranteed most.
const WORKGROUP: u32 = 256;

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
        debug_assert_eq!(
            joined,
            channels * if second.is_some() && join == Join::Concatenate { 2 } else { 1 }
        );
        let threads = WORKGROUP as usize;
        assert!(channels <= threads && squeezed <= threads, "a gate has at most {threads} channels");
        let second_pixels = second.as_ref().map_or(1, |map| {
            let [_, height, width, _] = map.meta.shape().dims();
            height * width
        });
        let mut inputs = vec![
            vectors("input", input),
            scalars("squeeze_weight", squeeze_weight),
            scalars("squeeze_bias", squeeze_bias),
            scalars("excite_weight", excite_weight),
            scalars("excite_bias", excite_bias),
        ];
        inputs.extend(second.map(|map| vectors("second", map)));
        Kernel::new("gate", include_str!("kernel.wgsl"))
            .workgroup(WORKGROUP)
            .constant("GROUPS", channels / 4)
            .constant("LANES", threads / (channels / 4))
            .constant("PIXELS", height * width)
            .constant("SECOND_PIXELS", second_pixels)
            .constant("JOINED", joined)
            .constant("SQUEEZED", squeezed)
            .launch(threads, inputs, "f32", [1, 1, 1, channels])
    }
}
