//! Sums over a window that slides over an image.

use fearless_simd::{Simd, f32x4, prelude::*};

use crate::quads::LANES;

/// The sums of `N` vectors a pixel over a window of `RADIUS` pixels to each side. Outside of the image the nearest pixel
/// repeats. Keeps one row of sums, which stays in the caches.
#[derive(Default)]
pub(super) struct WindowSums<const N: usize, const RADIUS: usize> {
    /// The sums over the window's rows, for each column and for those that the window reaches beyond the edges.
    columns: Vec<[[f32; 4]; N]>,
}

impl<const N: usize, const RADIUS: usize> WindowSums<N, RADIUS> {
    /// Pixels of a row of the window.
    const SIDE: usize = 2 * RADIUS + 1;
    /// The factor from a sum to the mean.
    pub const SCALE: f32 = 1.0 / (Self::SIDE * Self::SIDE) as f32;

    /// Moves the window to row `y` of `height`: to the first, or down by one. `row` returns a row of pixels, of which
    /// `values` makes the vectors.
    #[inline(always)]
    pub fn move_to<'a, S: Simd>(
        &mut self,
        simd: S,
        y: usize,
        height: usize,
        row: impl Fn(usize) -> &'a [[f32; 4]],
        values: impl Fn(f32x4<S>) -> [f32x4<S>; N],
    ) {
        let load = |pixel: &[f32; 4]| values(f32x4::load_array_ref(simd, pixel));
        let width = row(0).len();
        if y == 0 {
            self.columns.clear();
            self.columns.resize(width.next_multiple_of(LANES) + Self::SIDE, [[0.0; 4]; N]);
            for y in 0..Self::SIDE {
                let row = row(y.saturating_sub(RADIUS).min(height - 1));
                for (sums, pixel) in self.columns[RADIUS + 1..].iter_mut().zip(row) {
                    add(simd, sums, load(pixel));
                }
            }
        } else {
            let entering = row((y + RADIUS).min(height - 1));
            let leaving = row(y.saturating_sub(RADIUS + 1));
            for (sums, (entering, leaving)) in
                self.columns[RADIUS + 1..].iter_mut().zip(entering.iter().zip(leaving))
            {
                let (entering, leaving) = (load(entering), load(leaving));
                add(simd, sums, std::array::from_fn(|i| entering[i] - leaving[i]));
            }
        }
        let (before, rest) = self.columns.split_at_mut(RADIUS + 1);
        before.fill(rest[0]);
        let (inside, after) = rest.split_at_mut(width);
        after.fill(inside[width - 1]);
    }

    /// Calls `visit` for each four pixels of the row with the position of the first and the sums around each. The last of
    /// them may lie outside of the image.
    #[inline(always)]
    pub fn for_each<S: Simd>(&self, simd: S, mut visit: impl FnMut(usize, [[f32x4<S>; N]; LANES])) {
        let load = |column: &[[f32; 4]; N]| -> [f32x4<S>; N] {
            std::array::from_fn(|i| f32x4::load_array_ref(simd, &column[i]))
        };
        let mut window = [f32x4::splat(simd, 0.0); N];
        for column in &self.columns[..Self::SIDE] {
            let column = load(column);
            window = std::array::from_fn(|i| window[i] + column[i]);
        }
        for x in (0..self.columns.len() - Self::SIDE).step_by(LANES) {
            let columns = &self.columns[x..x + Self::SIDE + LANES];
            let sums = std::array::from_fn(|pixel| {
                let (entering, leaving) = (load(&columns[pixel + Self::SIDE]), load(&columns[pixel]));
                window = std::array::from_fn(|i| window[i] + (entering[i] - leaving[i]));
                window
            });
            visit(x, sums);
        }
    }
}

#[inline(always)]
fn add<S: Simd, const N: usize>(simd: S, sums: &mut [[f32; 4]; N], values: [f32x4<S>; N]) {
    for (sum, value) in sums.iter_mut().zip(values) {
        (f32x4::load_array_ref(simd, sum) + value).store_array(sum);
    }
}
