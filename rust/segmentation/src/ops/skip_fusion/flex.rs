use burn::backend::Flex;
use burn::backend::tensor::FloatTensor;

use super::SkipFusionOps;
use crate::ops::Activation;
use crate::ops::flex::panels::Product;
use crate::ops::flex::{Buffer, Rows, Upsample};

impl SkipFusionOps for Flex {
    fn skip_fusion(
        skip: FloatTensor<Self>,
        gate: FloatTensor<Self>,
        low: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        activation: Activation,
    ) -> FloatTensor<Self> {
        let (skip, gate, low) = (Rows::new(&skip), Rows::new(&gate), Rows::new(&low));
        let (weight, bias) = (Rows::new(&weight), Rows::new(&bias));
        let [_, height, width, channels] = skip.nhwc();
        let [_, low_height, low_width, _] = low.nhwc();
        let product = Product { weight: weight.values(), bias: bias.values(), activation };
        let low =
            Upsample { map: low.values(), from: [low_height, low_width], to: [height, width], channels };
        let mut scratch = Buffer::new(low.scratch());
        // One row of `skip * gate + upsample(low)` at a time, so that it stays in the L1 cache until it is multiplied.
        let mut merged = Buffer::new(width * channels);
        let mut output = Buffer::new(height * width * channels);
        let rows = skip.values().chunks_exact(merged.len()).zip(output.chunks_exact_mut(merged.len()));
        for (y, (skip, output)) in rows.enumerate() {
            low.add_row(y, skip, gate.values(), &mut scratch, &mut merged);
            product.apply(&merged, None, output);
        }
        output.into_tensor([1, height, width, channels])
    }
}
