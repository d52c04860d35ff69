use burn::backend::Flex;
use burn::backend::tensor::FloatTensor;

use super::PointwiseOps;
use crate::ops::flex::{Rows, bilinear_into, tensor};
use crate::ops::{Activation, Optional};

/// Pixels and output channels of a block whose sums stay in registers.
const PIXELS: usize = 4;
const CHANNELS: usize = 8;

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
        let [_, height, width, _] = input.nhwc();
        let [_, channels_out] = weight.shape();
        let mut output = vec![0.0; height * width * channels_out];
        match gate.into_option() {
            None => multiply(input.values(), weight.values(), bias.values(), &mut output),
            Some(gate) => {
                let gated = gated(&input, &Rows::new(&gate));
                multiply(&gated, weight.values(), bias.values(), &mut output);
            }
        }
        activation.apply(&mut output);
        if let Some(residual) = residual.into_option() {
            for (value, residual) in output.iter_mut().zip(Rows::new(&residual).values()) {
                *value += residual;
            }
        }
        tensor(output, [1, height, width, channels_out])
    }
}

/// The input times its gate.
fn gated(input: &Rows, gate: &Rows) -> Vec<f32> {
    let [_, height, width, channels] = input.nhwc();
    let [_, gate_height, gate_width, _] = gate.nhwc();
    let mut values = input.values().to_vec();
    let mut factors = gate.values()[..channels].to_vec();
    for (index, pixel) in values.chunks_exact_mut(channels).enumerate() {
        if gate_height * gate_width > 1 {
            bilinear_into(&mut factors, gate, [height, width], [index / width, index % width]);
        }
        for (value, factor) in pixel.iter_mut().zip(&factors) {
            *value *= factor;
        }
    }
    values
}

/// `output = rows · weight + bias` for rows of `weight.len() / bias.len()` values.
pub(crate) fn multiply(rows: &[f32], weight: &[f32], bias: &[f32], output: &mut [f32]) {
    let channels_out = bias.len();
    let channels = weight.len() / channels_out;
    let tiles = rows.chunks(PIXELS * channels).zip(output.chunks_mut(PIXELS * channels_out));
    for (rows, output) in tiles {
        let mut done = 0;
        if rows.len() == PIXELS * channels {
            while done + CHANNELS <= channels_out {
                block::<PIXELS, CHANNELS>(rows, weight, bias, done, output);
                done += CHANNELS;
            }
            while done + 4 <= channels_out {
                block::<PIXELS, 4>(rows, weight, bias, done, output);
                done += 4;
            }
        }
        let remaining = rows.chunks_exact(channels).zip(output.chunks_exact_mut(channels_out));
        for (row, output) in remaining {
            for channel in done..channels_out {
                let products = row.iter().zip(weight[channel..].iter().step_by(channels_out));
                output[channel] = products.fold(bias[channel], |sum, (value, weight)| sum + value * weight);
            }
        }
    }
}

/// `P` rows times `N` columns of the weight from column `first` on.
#[inline(always)]
fn block<const P: usize, const N: usize>(
    rows: &[f32],
    weight: &[f32],
    bias: &[f32],
    first: usize,
    output: &mut [f32],
) {
    let channels_out = bias.len();
    let channels = weight.len() / channels_out;
    let bias: [f32; N] = bias[first..first + N].try_into().expect("N channels remain");
    let mut sums = [bias; P];
    let rows: [&[f32]; P] = std::array::from_fn(|row| &rows[row * channels..][..channels]);
    for (channel, weight) in weight.chunks_exact(channels_out).enumerate() {
        let weight: [f32; N] = weight[first..first + N].try_into().expect("N channels remain");
        for (sum, row) in sums.iter_mut().zip(rows) {
            for (sum, weight) in sum.iter_mut().zip(weight) {
                *sum += row[channel] * weight;
            }
        }
    }
    for (output, sum) in output.chunks_exact_mut(channels_out).zip(sums) {
        output[first..first + N].copy_from_slice(&sum);
    }
}
