use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::CubeBackend;

use super::SkipFusionOps;
use crate::ops::kernel::{Kernel, Output, groups, matrices, vectors};
use crate::ops::{Activation, Tiling};

/// Groups of four channels of which a thread can make all, with the weights written out: more take long to compile.
const UNROLLED: usize = 4;

impl SkipFusionOps for CubeBackend {
    fn skip_fusion(
        skip: FloatTensor<Self>,
        gate: FloatTensor<Self>,
        low: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        activation: Activation,
    ) -> FloatTensor<Self> {
        let [_, height, width, channels] = skip.meta.shape().dims();
        let [_, low_height, low_width, _] = low.meta.shape().dims();
        debug_assert_eq!([height, width], [2 * low_height, 2 * low_width]);
        let tiling = Tiling::of(&skip);
        let groups = groups(channels);
        let unrolled = tiling == Tiling::Large && groups <= UNROLLED;
        let share = match unrolled {
            true => groups,
            false if groups.is_multiple_of(2) => 2,
            false => 1,
        };
        let output = Output::map([1, height, width, channels]);
        Kernel::new("skip_fusion", include_str!("kernel.wgsl"), tiling)
            .activation(activation)
            .constant("SHARE", share)
            .constant("SPLITS", groups / share)
            .flag("UNROLLED", unrolled)
            .constant("UNROLL", if unrolled { groups } else { 1 })
            .constant("LOW_HEIGHT", low_height)
            .constant("LOW_WIDTH", low_width)
            .constant("GROUPS", groups)
            .launch(
                (low_height + 1) * (low_width + 1) * (groups / share),
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
}
