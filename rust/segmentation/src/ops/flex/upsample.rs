use fearless_simd::{Level, Simd, dispatch, f32x8, prelude::*};

use super::lanes::{LANES, load, store};

/// A view of a feature map upsampled bilinearly to another size: half-pixel centers, clamped edges.
pub(crate) struct Upsample<'a> {
    /// `[height, width, channels]`
    pub(crate) map: &'a [f32],
    pub(crate) from: [usize; 2],
    pub(crate) to: [usize; 2],
    pub(crate) channels: usize,
}

impl Upsample<'_> {
    /// Length of the working memory for one row.
    pub(crate) fn scratch(&self) -> usize {
        self.from[1] * self.channels
    }

    /// Multiplies row `y` of the upsampled feature map by a row of as many `values`.
    pub(crate) fn multiply_row(&self, y: usize, values: &[f32], scratch: &mut [f32], output: &mut [f32]) {
        dispatch!(Level::new(), simd => {
            self.down(y, scratch);
            self.along(simd, values, scratch, output, |_, upsampled, value| upsampled * value);
        });
    }

    /// Adds row `y` of the upsampled feature map to a row of as many `values`, each multiplied by its channel's factor.
    pub(crate) fn add_row(
        &self,
        y: usize,
        values: &[f32],
        factors: &[f32],
        scratch: &mut [f32],
        output: &mut [f32],
    ) {
        dispatch!(Level::new(), simd => {
            self.down(y, scratch);
            self.along(simd, values, scratch, output, |first, upsampled, value| {
                load(simd, &factors[first..]).mul_add(value, upsampled)
            });
        });
    }

    /// Interpolates vertically to row `y`, at the width of the source.
    #[inline(always)]
    fn down(&self, y: usize, scratch: &mut [f32]) {
        let length = self.from[1] * self.channels;
        let (top, bottom, down) = tap(y, self.to[0], self.from[0]);
        let rows = self.map[top * length..][..length].iter().zip(&self.map[bottom * length..][..length]);
        for (value, (above, below)) in scratch.iter_mut().zip(rows) {
            *value = above + (below - above) * down;
        }
    }

    /// Interpolates a row horizontally and combines it with values of its new width. `combine` receives the first channel of
    /// each vector.
    #[inline(always)]
    fn along<S: Simd>(
        &self,
        simd: S,
        values: &[f32],
        scratch: &[f32],
        output: &mut [f32],
        combine: impl Fn(usize, f32x8<S>, f32x8<S>) -> f32x8<S>,
    ) {
        let channels = self.channels;
        let rows = output.chunks_exact_mut(channels).zip(values.chunks_exact(channels));
        for (x, (output, values)) in rows.enumerate() {
            let (left, right, along) = tap(x, self.to[1], self.from[1]);
            let (left, right) =
                (&scratch[left * channels..][..channels], &scratch[right * channels..][..channels]);
            let along = f32x8::splat(simd, along);
            for first in (0..channels).step_by(LANES) {
                let (left, right) = (load(simd, &left[first..]), load(simd, &right[first..]));
                let upsampled = (right - left).mul_add(along, left);
                store(combine(first, upsampled, load(simd, &values[first..])), &mut output[first..]);
            }
        }
    }
}

/// The two source positions around position `to` of `size_to` on an axis of `size_from`, and the weight of the second.
#[inline(always)]
fn tap(to: usize, size_to: usize, size_from: usize) -> (usize, usize, f32) {
    let at = (to as f32 + 0.5) * (size_from as f32 / size_to as f32) - 0.5;
    let at = at.clamp(0.0, (size_from - 1) as f32);
    let low = at as usize;
    (low, (low + 1).min(size_from - 1), at - low as f32)
}
