//! The convolution, on slices.

use fearless_simd::{Level, Simd, dispatch, prelude::*};

use crate::ops::flex::lanes::{LANES, activate, load, store};
use crate::ops::{Activation, same_padding_before};

/// Neighboring results that share the loads of a filter and of the pixels under it.
const RESULTS: usize = 4;

/// A filter and the feature map that it is applied to.
#[derive(Clone, Copy)]
pub(crate) struct Depthwise<'a> {
    /// `[height, width, channels]`
    pub(crate) input: &'a [f32],
    pub(crate) size: [usize; 2],
    /// `[kernel, kernel, channels]`
    pub(crate) weight: &'a [f32],
    /// 3 or 5.
    pub(crate) kernel: usize,
    /// `[channels]`
    pub(crate) bias: &'a [f32],
    /// 1 or 2.
    pub(crate) stride: usize,
    pub(crate) activation: Activation,
    /// Whether the input is added to the result.
    pub(crate) add_input: bool,
}

impl Depthwise<'_> {
    /// Length of the working memory of [`Self::apply`]: a row of zeros, and a patch with all input pixels of a tile.
    pub(crate) fn scratch(&self) -> usize {
        let channels = self.bias.len();
        self.size[1] * channels + self.kernel * ((RESULTS - 1) * self.stride + self.kernel) * channels
    }

    /// Writes `[ceil(height / stride), ceil(width / stride), channels]`.
    pub(crate) fn apply(&self, scratch: &mut [f32], output: &mut [f32]) {
        let (zeros, patch) = scratch.split_at_mut(self.size[1] * self.bias.len());
        zeros.fill(0.0);
        dispatch!(Level::new(), simd => match (self.kernel, self.stride) {
            (3, 1) => self.rows::<_, 3, 1, 6>(simd, zeros, patch, output),
            (3, 2) => self.rows::<_, 3, 2, 9>(simd, zeros, patch, output),
            (5, 1) => self.rows::<_, 5, 1, 8>(simd, zeros, patch, output),
            (5, 2) => self.rows::<_, 5, 2, 11>(simd, zeros, patch, output),
            (kernel, stride) => unimplemented!("a depthwise convolution of side {kernel}, stride {stride}"),
        });
    }

    /// Applies a filter of `K` rows and columns with stride `STRIDE`. [`RESULTS`] filters cover `N` pixels of a row.
    #[inline(always)]
    fn rows<S: Simd, const K: usize, const STRIDE: usize, const N: usize>(
        &self,
        simd: S,
        zeros: &[f32],
        patch: &mut [f32],
        output: &mut [f32],
    ) {
        let [height, width] = self.size;
        let channels = self.bias.len();
        let width_out = width.div_ceil(STRIDE);
        let top = same_padding_before(height, K, STRIDE);
        let left = same_padding_before(width, K, STRIDE);
        for (y, output) in output.chunks_exact_mut(width_out * channels).enumerate() {
            let mut rows = [zeros; K];
            for (row, values) in rows.iter_mut().enumerate() {
                let row = (y * STRIDE + row).wrapping_sub(top);
                if row < height {
                    *values = &self.input[row * width * channels..][..width * channels];
                }
            }
            for (tile, output) in output.chunks_mut(RESULTS * channels).enumerate() {
                let x = tile * RESULTS;
                let column = (x * STRIDE).wrapping_sub(left);
                let input = &self.input[(y * width + x) * channels..];
                let mut pixels = rows;
                if column < width && column + N <= width {
                    for pixels in &mut pixels {
                        *pixels = &pixels[column * channels..][..N * channels];
                    }
                } else {
                    // Copies the part of the feature map under the tile. The rest of the patch is zero.
                    let before = left.saturating_sub(x * STRIDE);
                    let from = (x * STRIDE).saturating_sub(left);
                    let count = (N - before).min(width - from) * channels;
                    for (patch, row) in patch.chunks_exact_mut(N * channels).zip(rows) {
                        let (outside, inside) = patch.split_at_mut(before * channels);
                        outside.fill(0.0);
                        inside[..count].copy_from_slice(&row[from * channels..][..count]);
                        inside[count..].fill(0.0);
                    }
                    for (pixels, patch) in pixels.iter_mut().zip(patch.chunks_exact(N * channels)) {
                        *pixels = patch;
                    }
                }
                self.tile::<S, K, STRIDE, N>(simd, &pixels, input, output);
            }
        }
    }

    /// Computes [`RESULTS`] neighbors, or fewer at the end of a row, from `N` pixels of each of `K` rows. `input` are the
    /// input pixels at the positions of the results.
    #[inline(always)]
    fn tile<S: Simd, const K: usize, const STRIDE: usize, const N: usize>(
        &self,
        simd: S,
        pixels: &[&[f32]; K],
        input: &[f32],
        output: &mut [f32],
    ) {
        let channels = self.bias.len();
        let whole = channels - channels % LANES;
        for first in (0..whole).step_by(LANES) {
            self.block::<S, K, STRIDE, N, true>(simd, pixels, first, input, output);
        }
        if whole < channels {
            self.block::<S, K, STRIDE, N, false>(simd, pixels, whole, input, output);
        }
    }

    /// Computes the channels from `first` on: [`LANES`] of them if `WHOLE`, otherwise the remainder.
    #[inline(always)]
    fn block<S: Simd, const K: usize, const STRIDE: usize, const N: usize, const WHOLE: bool>(
        &self,
        simd: S,
        pixels: &[&[f32]; K],
        first: usize,
        input: &[f32],
        output: &mut [f32],
    ) {
        let channels = self.bias.len();
        let lanes = if WHOLE { LANES } else { channels - first };
        assert!(first + lanes <= channels && self.weight.len() == K * K * channels);
        let bias = load(simd, &self.bias[first..]);
        let mut sums = [[bias]; RESULTS];
        for (row, pixels) in pixels.iter().enumerate() {
            assert!(pixels.len() == N * channels);
            for column in 0..K {
                let at = (row * K + column) * channels + first;
                // SAFETY: a filter has `K * K` pixels of `channels` values, and `first + lanes <= channels`.
                let weight = load(simd, unsafe { self.weight.get_unchecked(at..at + lanes) });
                for (result, [sum]) in sums.iter_mut().enumerate() {
                    let at = (result * STRIDE + column) * channels + first;
                    // SAFETY: the last result ends at pixel `N`, and `first + lanes <= channels`.
                    let pixel = load(simd, unsafe { pixels.get_unchecked(at..at + lanes) });
                    *sum = weight.mul_add(pixel, *sum);
                }
            }
        }
        activate(simd, &mut sums, self.activation);
        let results = output.chunks_exact_mut(channels).zip(input.chunks_exact(channels));
        for ([sum], (output, input)) in sums.into_iter().zip(results) {
            let sum = if self.add_input { sum + load(simd, &input[first..][..lanes]) } else { sum };
            store(sum, &mut output[first..][..lanes]);
        }
    }
}
