use burn::backend::Flex;
use burn::backend::tensor::FloatTensor;
use fearless_simd::{Level, dispatch};

use super::{ConvTranspose2dOps, HeadOutput, channels_out};
use crate::ops::Activation;
use crate::ops::flex::lanes::sigmoids;
use crate::ops::flex::panels::{self, LANES, Product};
use crate::ops::flex::{Buffer, Rows};

impl ConvTranspose2dOps for Flex {
    fn conv_transpose2d(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        head_output: HeadOutput,
    ) -> FloatTensor<Self> {
        let (input, weight, bias) = (Rows::new(&input), Rows::new(&weight), Rows::new(&bias));
        let [_, height, width, channels] = input.nhwc();
        let [channels_logits, kernel, _, _] = weight.nhwc();
        // Everything that a pixel adds to the logits around it is one row of a matrix product. Four of its taps fall
        // on the pixel's own 2x2 logits: these add the bias.
        let taps = (kernel * kernel * channels_logits).next_multiple_of(LANES);
        let matrix = matrix(&weight, taps);
        let mut biases = Buffer::zeros(taps);
        for tap in [0, 1, kernel, kernel + 1] {
            biases[tap * channels_logits..][..channels_logits].copy_from_slice(bias.values());
        }
        let product = Product { weight: &matrix, bias: &biases, activation: Activation::Linear };
        let mut logits = Buffer::zeros(height * width * 4 * channels_logits);
        let mut added = Buffer::new(width * taps);
        let length = width * 2 * channels_logits;
        for (y, row) in input.values().chunks_exact(width * channels).enumerate() {
            product.apply(row, None, &mut added);
            for (ky, logits) in logits[y * 2 * length..].chunks_exact_mut(length).take(kernel).enumerate() {
                let first = ky * kernel * channels_logits;
                match kernel * channels_logits {
                    2 => add_runs::<2>(&added, taps, first, channels_logits, logits),
                    3 => add_runs::<3>(&added, taps, first, channels_logits, logits),
                    4 => add_runs::<4>(&added, taps, first, channels_logits, logits),
                    6 => add_runs::<6>(&added, taps, first, channels_logits, logits),
                    run => unimplemented!("{run} neighboring logits"),
                }
            }
        }
        activated(logits, channels_logits, head_output).into_tensor([
            1,
            height * 2,
            width * 2,
            channels_out(channels_logits, head_output),
        ])
    }
}

/// Packs `[O, K, K, I]` as a matrix of `I` rows and `taps` columns. The taps of a filter's row are adjacent; zeros follow
/// the last one.
fn matrix(weight: &Rows, taps: usize) -> Buffer {
    let [channels_logits, kernel, _, channels] = weight.nhwc();
    let mut matrix = Buffer::zeros(channels * taps);
    for (index, filter) in weight.values().chunks_exact(channels).enumerate() {
        let (channel, tap) = (index / (kernel * kernel), index % (kernel * kernel));
        for (row, value) in matrix.chunks_exact_mut(taps).zip(filter) {
            row[tap * channels_logits + channel] = *value;
        }
    }
    let mut packed = Buffer::new(matrix.len());
    panels::pack(&matrix, taps, &mut packed);
    packed
}

/// Adds `RUN` values from `first` on of each pixel of `added` to a row of logits, advancing two output pixels per input
/// pixel. Values beyond the row are dropped.
fn add_runs<const RUN: usize>(
    added: &[f32],
    taps: usize,
    first: usize,
    channels_logits: usize,
    logits: &mut [f32],
) {
    for (x, added) in added.chunks_exact(taps).enumerate() {
        let added: &[f32; RUN] =
            added[first..].first_chunk().expect("`added` has all taps of a filter's row");
        let logits = &mut logits[x * 2 * channels_logits..];
        match logits.first_chunk_mut::<RUN>() {
            Some(logits) => logits.iter_mut().zip(added).for_each(|(logit, added)| *logit += added),
            None => logits.iter_mut().zip(added).for_each(|(logit, added)| *logit += added),
        }
    }
}

/// The logits, or the probability of a person.
fn activated(mut logits: Buffer, channels_logits: usize, head_output: HeadOutput) -> Buffer {
    if head_output == HeadOutput::Logits {
        return logits;
    }
    if channels_logits == 2 {
        let mut differences = Buffer::new(logits.len() / 2);
        for (difference, [background, person]) in differences.iter_mut().zip(logits.as_chunks().0) {
            *difference = person - background;
        }
        logits = differences;
    }
    dispatch!(Level::new(), simd => sigmoids(simd, &mut logits));
    logits
}
