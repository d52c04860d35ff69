use burn::backend::Flex;
use burn::backend::tensor::FloatTensor;

use super::MatrixOps;
use crate::ops::flex::{Buffer, Rows, panels};

impl MatrixOps for Flex {
    /// `[panels, I * LANES]`, see [`panels`].
    fn pack(weight: FloatTensor<Self>) -> FloatTensor<Self> {
        let weight = Rows::new(&weight);
        let [channels, channels_out] = weight.shape();
        let mut packed = Buffer::new(panels::packed_len(channels, channels_out));
        panels::pack(weight.values(), channels_out, &mut packed);
        packed.into_tensor([channels_out.div_ceil(panels::LANES), channels * panels::LANES])
    }
}
