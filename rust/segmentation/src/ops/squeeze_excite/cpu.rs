//! Channel means, on slices.

use fearless_simd::{Level, Simd, dispatch, f32x8, prelude::*};

use crate::ops::flex::lanes::{LANES, load};

/// Number of independent running sums, so that no addition waits for the previous one.
const PIXELS: usize = 4;

/// The mean of each channel over a feature map with rows of `width` pixels.
///
/// Sums each row, then the rows. Small running sums lose less to rounding.
pub(crate) fn means(map: &[f32], width: usize, means: &mut [f32]) {
    let pixels = map.len() / means.len();
    means.fill(0.0);
    for row in map.chunks_exact(width * means.len()) {
        dispatch!(Level::new(), simd => add_row(simd, row, means));
    }
    for mean in means {
        *mean /= pixels as f32;
    }
}

#[inline(always)]
fn add_row<S: Simd>(simd: S, row: &[f32], sums: &mut [f32]) {
    let channels = sums.len();
    for (block, sums) in sums.chunks_mut(LANES).enumerate() {
        let first = block * LANES;
        let mut row_sums = [f32x8::splat(simd, 0.0); PIXELS];
        let mut groups = row.chunks_exact(PIXELS * channels);
        for group in groups.by_ref() {
            for (sum, pixel) in row_sums.iter_mut().zip(group.chunks_exact(channels)) {
                *sum += load(simd, &pixel[first..][..sums.len()]);
            }
        }
        for (sum, pixel) in row_sums.iter_mut().zip(groups.remainder().chunks_exact(channels)) {
            *sum += load(simd, &pixel[first..][..sums.len()]);
        }
        let [a, b, c, d] = row_sums;
        let row_sum = (a + b) + (c + d);
        for (sum, row_sum) in sums.iter_mut().zip(row_sum.as_slice()) {
            *sum += row_sum;
        }
    }
}
