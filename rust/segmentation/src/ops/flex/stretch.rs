use fearless_simd::{Level, Simd, dispatch, f32x8, prelude::*};

use super::lanes::{LANES, load, store};

/// A map seen as if it were stretched bilinearly to another size: half-pixel centres, edges clamped.
pub(crate) struct Stretch<'a> {
    /// `[height, width, channels]`
    pub(crate) map: &'a [f32],
    pub(crate) from: [usize; 2],
    pub(crate) to: [usize; 2],
}

impl Stretch<'_> {
    fn channels(&self) -> usize {
        self.map.len() / (self.from[0] * self.from[1])
    }

    /// Values of working memory that [`Self::row`] needs: a row of the map.
    pub(crate) fn scratch(&self) -> usize {
        self.from[1] * self.channels()
    }

    /// Row `y` of the stretched map.
    pub(crate) fn row(&self, y: usize, between: &mut [f32], output: &mut [f32]) {
        dispatch!(Level::new(), simd => self.row_with(simd, y, between, output));
    }

    #[inline(always)]
    fn row_with<S: Simd>(&self, simd: S, y: usize, between: &mut [f32], output: &mut [f32]) {
        let channels = self.channels();
        let length = self.from[1] * channels;
        let (top, bottom, down) = tap(y, self.to[0], self.from[0]);
        let rows = self.map[top * length..][..length].iter().zip(&self.map[bottom * length..][..length]);
        for (value, (above, below)) in between.iter_mut().zip(rows) {
            *value = above + (below - above) * down;
        }
        for (x, output) in output.chunks_exact_mut(channels).enumerate() {
            let (left, right, along) = tap(x, self.to[1], self.from[1]);
            let left = between[left * channels..][..channels].chunks(LANES);
            let right = between[right * channels..][..channels].chunks(LANES);
            for (output, (left, right)) in output.chunks_mut(LANES).zip(left.zip(right)) {
                let (left, right) = (load(simd, left), load(simd, right));
                store((right - left).mul_add(f32x8::splat(simd, along), left), output);
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
