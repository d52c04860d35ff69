use burn::backend::Flex;
use burn::backend::tensor::FloatTensor;

use super::PointwiseOps;
use crate::ops::flex::panels::{Product, scale};
use crate::ops::flex::{Buffer, Rows, Upsample};
use crate::ops::{Activation, Optional};

impl PointwiseOps for Flex {
    fn pointwise(
        input: FloatTensor<Self>,
        gate: Optional<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        residual: Optional<Self>,
        activation: Activation,
    ) -> FloatTensor<Self> {
        let (input, weight, bias) = (Rows::new(&input), Rows::new(&weight), Rows::new(&bias));
        let residual = residual.into_option().map(|residual| Rows::new(&residual));
        let residual = residual.as_ref().map(Rows::values);
        let [_, height, width, _] = input.nhwc();
        let channels_out = bias.values().len();
        let mut output = Buffer::new(height * width * channels_out);
        let product = Product { weight: weight.values(), bias: bias.values(), activation };
        match gate.into_option().map(|gate| Rows::new(&gate)) {
            None => product.apply(input.values(), residual, &mut output),
            Some(gate) if gate.nhwc()[1..3] == [1, 1] => {
                let mut weight = Buffer::new(product.weight.len());
                scale(product.weight, gate.values(), &mut weight);
                Product { weight: &weight, ..product }.apply(input.values(), residual, &mut output);
            }
            Some(gate) => gated(&product, &input, &gate, residual, &mut output),
        }
        output.into_tensor([1, height, width, channels_out])
    }
}

/// Computes the product of `input * gate` row by row.
fn gated(product: &Product<'_>, input: &Rows, gate: &Rows, residual: Option<&[f32]>, output: &mut [f32]) {
    let [_, height, width, channels] = input.nhwc();
    let [_, gate_height, gate_width, _] = gate.nhwc();
    let gate =
        Upsample { map: gate.values(), from: [gate_height, gate_width], to: [height, width], channels };
    let mut scratch = Buffer::new(gate.scratch());
    let mut gated = Buffer::new(width * channels);
    let length_out = output.len() / height;
    let rows = input.values().chunks_exact(gated.len()).zip(output.chunks_exact_mut(length_out));
    for (y, (input, output)) in rows.enumerate() {
        gate.multiply_row(y, input, &mut scratch, &mut gated);
        let residual = residual.map(|residual| &residual[y * length_out..][..length_out]);
        product.apply(&gated, residual, output);
    }
}
