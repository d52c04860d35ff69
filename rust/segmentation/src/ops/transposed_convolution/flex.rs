use burn::backend::Flex;
use burn::backend::tensor::FloatTensor;
use fearless_simd::{Level, dispatch};

use super::{Scores, TransposedConvolutionOps, channels_out};
use crate::ops::Activation;
use crate::ops::flex::lanes::sigmoids;
use crate::ops::flex::panels::{self, LANES, Product};
use crate::ops::flex::{Buffer, Rows};

impl TransposedConvolutionOps for Flex {
    fn transposed_convolution(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        scores: Scores,
    ) -> FloatTensor<Self> {
        let (input, weight, bias) = (Rows::new(&input), Rows::new(&weight), Rows::new(&bias));
        let [_, height, width, channels] = input.nhwc();
        let [scored, kernel, _, _] = weight.nhwc();
        // All that a pixel adds to the logits around it is one row of a product of matrices. Four of its taps fall on
        // the logits that are its own: these bring the bias.
        let taps = (kernel * kernel * scored).next_multiple_of(LANES);
        let matrix = matrix(&weight, taps);
        let mut biases = Buffer::zeros(taps);
        for own in [0, 1, kernel, kernel + 1] {
            biases[own * scored..][..scored].copy_from_slice(bias.values());
        }
        let product = Product { weight: &matrix, bias: &biases, activation: Activation::Linear };
        let mut logits = Buffer::zeros(height * width * 4 * scored);
        let mut added = Buffer::new(width * taps);
        let length = width * 2 * scored;
        for (y, row) in input.values().chunks_exact(width * channels).enumerate() {
            product.apply(row, None, &mut added);
            for (ky, logits) in logits[y * 2 * length..].chunks_exact_mut(length).take(kernel).enumerate() {
                let first = ky * kernel * scored;
                match kernel * scored {
                    2 => add_runs::<2>(&added, taps, first, scored, logits),
                    3 => add_runs::<3>(&added, taps, first, scored, logits),
                    4 => add_runs::<4>(&added, taps, first, scored, logits),
                    6 => add_runs::<6>(&added, taps, first, scored, logits),
                    run => unimplemented!("{run} neighbouring logits"),
                }
            }
        }
        score(logits, scored, scores).into_tensor([1, height * 2, width * 2, channels_out(scored, scores)])
    }
}

/// `[O, K, K, I]` as a packed matrix of `I` rows and `taps` columns: those of a filter's row side by side, and zeros
/// after the last.
fn matrix(weight: &Rows, taps: usize) -> Buffer {
    let [scored, kernel, _, channels] = weight.nhwc();
    let mut matrix = Buffer::zeros(channels * taps);
    for (index, filter) in weight.values().chunks_exact(channels).enumerate() {
        let (channel, tap) = (index / (kernel * kernel), index % (kernel * kernel));
        for (row, value) in matrix.chunks_exact_mut(taps).zip(filter) {
            row[tap * scored + channel] = *value;
        }
    }
    let mut packed = Buffer::new(matrix.len());
    panels::pack(&matrix, taps, &mut packed);
    packed
}

/// Adds, for each pixel of `added`, `RUN` values from `first` on to a row of logits, two pixels of the row further each
/// time. What reaches beyond the row is dropped.
fn add_runs<const RUN: usize>(added: &[f32], taps: usize, first: usize, scored: usize, logits: &mut [f32]) {
    for (x, added) in added.chunks_exact(taps).enumerate() {
        let added: &[f32; RUN] = added[first..].first_chunk().expect("a filter's row");
        let logits = &mut logits[x * 2 * scored..];
        match logits.first_chunk_mut::<RUN>() {
            Some(logits) => logits.iter_mut().zip(added).for_each(|(logit, added)| *logit += added),
            None => logits.iter_mut().zip(added).for_each(|(logit, added)| *logit += added),
        }
    }
}

/// The logits themselves or the probability of a person.
fn score(mut logits: Buffer, scored: usize, scores: Scores) -> Buffer {
    if scores == Scores::Logits {
        return logits;
    }
    if scored == 2 {
        let mut differences = Buffer::new(logits.len() / 2);
        for (difference, [background, person]) in differences.iter_mut().zip(logits.as_chunks().0) {
            *difference = person - background;
        }
        logits = differences;
    }
    dispatch!(Level::new(), simd => sigmoids(simd, &mut logits));
    logits
}
