use burn::backend::Flex;
use burn::backend::tensor::FloatTensor;

use super::SkipFusionOps;
use crate::ops::Activation;
use crate::ops::flex::{Rows, bilinear_into, tensor};
use crate::ops::pointwise::multiply_rows;

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
        let mut merged = vec![0.0; height * width * channels];
        let pixels = merged.chunks_exact_mut(channels).zip(skip.values().chunks_exact(channels));
        for (index, (merged, skip)) in pixels.enumerate() {
            bilinear_into(merged, &low, [height, width], [index / width, index % width]);
            for ((value, skip), gate) in merged.iter_mut().zip(skip).zip(gate.values()) {
                *value += skip * gate;
            }
        }
        let mut output = vec![0.0; merged.len()];
        multiply_rows(&merged, weight.values(), bias.values(), &mut output);
        activation.apply(&mut output);
        tensor(output, [1, height, width, channels])
    }
}
