use fearless_simd::{Level, Simd, dispatch, f32x8, prelude::*};

use super::lanes::{LANES, load, store};

/// A map seen as if it were stretched bilinearly to another size: half-pixel centres, edges clamped.
pub(crate) struct Stretch<'a> {
    /// `[height, width, channels]`
    pub(crate) map: &'a [f32],
    pub(crate) from: [usize; 2],
    pub(crate) to: [usize; 2],
    pub(crate) channels: usize,
}

impl Stretch<'_> {
    /// Values of working memory that a row needs: one of the map.
    pub(crate) fn scratch(&self) -> usize {
        self.from[1] * self.channels
    }

    /// Row `y` of the stretched map times a row of as many `values`.
    pub(crate) fn multiply_row(&self, y: usize, values: &[f32], between: &mut [f32], output: &mut [f32]) {
        dispatch!(Level::new(), simd => {
            self.down(y, between);
            self.along(simd, values, between, output, |_, stretched, value| stretched * value);
        });
    }

    /// Row `y` of the stretched map plus a row of as many `values`, each times its channel's factor.
    pub(crate) fn add_row(
        &self,
        y: usize,
        values: &[f32],
        factors: &[f32],
        between: &mut [f32],
        output: &mut [f32],
    ) {
        dispatch!(Level::new(), simd => {
            self.down(y, between);
            self.along(simd, values, between, output, |first, stretched, value| {
                load(simd, &factors[first..]).mul_add(value, stretched)
            });
        });
    }

    /// What lies at the height of row `y`, at the map's own width.
    #[inline(always)]
    fn down(&self, y: usize, between: &mut [f32]) {
        let length = self.from[1] * self.channels;
        let (top, bottom, down) = tap(y, self.to[0], self.from[0]);
        let rows = self.map[top * length..][..length].iter().zip(&self.map[bottom * length..][..length]);
        for (value, (above, below)) in between.iter_mut().zip(rows) {
            *value = above + (below - above) * down;
        }
    }

    /// Stretches a row and joins it with values of its new width; `join` is given the first channel of each vector.
    #[inline(always)]
    fn along<S: Simd>(
        &self,
        simd: S,
        values: &[f32],
        between: &[f32],
        output: &mut [f32],
        join: impl Fn(usize, f32x8<S>, f32x8<S>) -> f32x8<S>,
    ) {
        let channels = self.channels;
        let rows = output.chunks_exact_mut(channels).zip(values.chunks_exact(channels));
        for (x, (output, values)) in rows.enumerate() {
            let (left, right, along) = tap(x, self.to[1], self.from[1]);
            let (left, right) =
                (&between[left * channels..][..channels], &between[right * channels..][..channels]);
            let along = f32x8::splat(simd, along);
            for first in (0..channels).step_by(LANES) {
                let (left, right) = (load(simd, &left[first..]), load(simd, &right[first..]));
                let stretched = (right - left).mul_add(along, left);
                store(join(first, stretched, load(simd, &values[first..])), &mut output[first..]);
            }
        }
    }
}

/// The two positions between which position `to` of `size_to` lies on an axis of `size_from`, and how far along.
#[inline(always)]
fn tap(to: usize, size_to: usize, size_from: usize) -> (usize, usize, f32) {
    let at = (to as f32 + 0.5) * (size_from as f32 / size_to as f32) - 0.5;
    let at = at.clamp(0.0, (size_from - 1) as f32);
    let low = at as usize;
    (low, (low + 1).min(size_from - 1), at - low as f32)
}
