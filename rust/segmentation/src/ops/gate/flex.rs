use burn::backend::Flex;
use burn::backend::tensor::FloatTensor;

use super::{GateOps, Join};
use crate::ops::flex::{Rows, tensor};
use crate::ops::pointwise::multiply_rows;
use crate::ops::{Activation, Optional};

impl GateOps for Flex {
    fn gate(
        input: FloatTensor<Self>,
        second: Optional<Self>,
        join: Join,
        squeeze_weight: FloatTensor<Self>,
        squeeze_bias: FloatTensor<Self>,
        excite_weight: FloatTensor<Self>,
        excite_bias: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let mut means = means(&Rows::new(&input));
        match (second.into_option(), join) {
            (None, _) => {}
            (Some(map), Join::Concatenate) => means.extend(self::means(&Rows::new(&map))),
            (Some(map), Join::Add) => {
                for (mean, other) in means.iter_mut().zip(self::means(&Rows::new(&map))) {
                    *mean += other;
                }
            }
        }
        let squeezed = layer(&means, &squeeze_weight, &squeeze_bias, Activation::Relu);
        let gate = layer(&squeezed, &excite_weight, &excite_bias, Activation::Sigmoid);
        let channels = gate.len();
        tensor(gate, [1, 1, 1, channels])
    }
}

/// Sums row by row and then over the rows: the larger a running sum, the more of what is added to it is rounded away.
fn means(map: &Rows) -> Vec<f32> {
    let [_, height, width, channels] = map.nhwc();
    let mut sums = vec![0.0; channels];
    let mut row_sums = vec![0.0; channels];
    for row in map.values().chunks_exact(width * channels) {
        row_sums.fill(0.0);
        for pixel in row.chunks_exact(channels) {
            for (sum, value) in row_sums.iter_mut().zip(pixel) {
                *sum += value;
            }
        }
        for (sum, row_sum) in sums.iter_mut().zip(&row_sums) {
            *sum += row_sum;
        }
    }
    for sum in &mut sums {
        *sum /= (height * width) as f32;
    }
    sums
}

fn layer(
    values: &[f32],
    weight: &FloatTensor<Flex>,
    bias: &FloatTensor<Flex>,
    activation: Activation,
) -> Vec<f32> {
    let (weight, bias) = (Rows::new(weight), Rows::new(bias));
    let mut output = vec![0.0; bias.values().len()];
    multiply_rows(values, weight.values(), bias.values(), &mut output);
    activation.apply(&mut output);
    output
}
