//! CPU twin of the stage `guided`.

use fearless_simd::{Level, Simd, dispatch, f32x4, prelude::*};

use super::sums::WindowSums;
use super::{EPSILON, FIT_RADIUS, RADIUS, TRUST};
use crate::Size;
use crate::lanes::{clamp, transpose};
use crate::matte::cpu::Matte;
use crate::quads::{LANES, at_least, smoothstep, store_pixels};

/// Rows of fits that are needed at a time: those of a window, and the one that has just left it.
const FIT_ROWS: usize = 2 * FIT_RADIUS + 2;

/// Fits masks to colors. Works row by row on few rows, which stay in the caches.
#[derive(Default)]
pub(crate) struct GuidedFilter {
    moments: WindowSums<4, RADIUS>,
    fits: WindowSums<1, FIT_RADIUS>,
    /// The last [`FIT_ROWS`] rows of fits: row `y` at `y % FIT_ROWS`.
    fit_rows: Vec<[f32; 4]>,
}

impl GuidedFilter {
    /// Fits the probabilities of `pixels` (RGB and the probability of a person) to their colors. Writes the matte's
    /// coefficients and mean colors.
    pub fn fit(&mut self, pixels: &[[f32; 4]], size: Size, matte: &mut Matte) {
        (matte.size, matte.mask) = (size, size);
        matte.coefficients.resize(pixels.len(), [0.0; 4]);
        matte.foreground.resize(pixels.len(), [0.0; 4]);
        matte.background.resize(pixels.len(), [0.0; 3]);
        self.fit_rows.resize(FIT_ROWS * size.width as usize, [0.0; 4]);
        dispatch!(Level::new(), simd => self.fit_with(simd, pixels, size, matte));
    }

    #[inline(always)]
    fn fit_with<S: Simd>(&mut self, simd: S, pixels: &[[f32; 4]], size: Size, matte: &mut Matte) {
        let Self { moments: moment_sums, fits: fit_sums, fit_rows } = self;
        let (width, height) = (size.width as usize, size.height as usize);
        let row_of = |y: usize| y * width..(y + 1) * width;
        for step in 0..height + FIT_RADIUS {
            if step < height {
                moment_sums.move_to(simd, step, height, |y| &pixels[row_of(y)], moments);
                let fit_row = &mut fit_rows[row_of(step % FIT_ROWS)];
                let foreground = &mut matte.foreground[row_of(step)];
                let background = &mut matte.background[row_of(step)];
                moment_sums.for_each(simd, |x, sums| {
                    let means = Means::new(sums);
                    store_pixels(means.fit(), &mut fit_row[x..]);
                    store_pixels(means.foreground(), &mut foreground[x..]);
                    for (color, pixel) in means.background().into_iter().zip(&mut background[x..]) {
                        pixel.copy_from_slice(&color.as_array()[..3]);
                    }
                });
            }
            // A mean of fits needs the rows below.
            if let Some(y) = step.checked_sub(FIT_RADIUS) {
                fit_sums.move_to(simd, y, height, |y| &fit_rows[row_of(y % FIT_ROWS)], |fit| [fit]);
                let coefficients = &mut matte.coefficients[row_of(y)];
                fit_sums.for_each(simd, |x, sums| {
                    let means = sums.map(|[sum]| sum * WindowSums::<1, FIT_RADIUS>::SCALE);
                    store_pixels(means, &mut coefficients[x..]);
                });
            }
        }
    }
}

/// The values of a pixel whose window means the fit uses. With RGB and the probability P: (R, G, B, P), their squares, (RG,
/// GB, BP, PR) and (RB, GP, RB, GP).
#[inline(always)]
fn moments<S: Simd>(pixel: f32x4<S>) -> [f32x4<S>; 4] {
    [pixel, pixel * pixel, pixel * pixel.slide::<1>(pixel), pixel * pixel.slide::<2>(pixel)]
}

/// The means over the windows around four pixels.
struct Means<S: Simd> {
    color: [f32x4<S>; 3],
    probability: f32x4<S>,
    /// Of the color times the probability.
    person: [f32x4<S>; 3],
    /// Of the squares of red, green and blue.
    squares: [f32x4<S>; 3],
    /// Of red times green, red times blue, and green times blue.
    products: [f32x4<S>; 3],
}

impl<S: Simd> Means<S> {
    /// Takes the sums of [`moments`].
    #[inline(always)]
    fn new(sums: [[f32x4<S>; 4]; LANES]) -> Self {
        let means =
            |i: usize| transpose(sums.map(|sums| sums[i])).map(|sum| sum * WindowSums::<4, RADIUS>::SCALE);
        let [r, g, b, p] = means(0);
        let [rr, gg, bb, _] = means(1);
        let [rg, gb, bp, rp] = means(2);
        let [rb, gp, ..] = means(3);
        Self {
            color: [r, g, b],
            probability: p,
            person: [rp, gp, bp],
            squares: [rr, gg, bb],
            products: [rg, rb, gb],
        }
    }

    /// The linear functions of the color that fit the probability best within the windows (least squares).
    #[inline(always)]
    fn fit(&self) -> [f32x4<S>; LANES] {
        let [r, g, b] = self.color;
        let covariance: [_; 3] = std::array::from_fn(|c| self.person[c] - self.color[c] * self.probability);
        let [rr, gg, bb] = std::array::from_fn(|c| self.squares[c] - self.color[c] * self.color[c] + EPSILON);
        let [rg, rb, gb] = self.products;
        let [rg, rb, gb] = [rg - r * g, rb - r * b, gb - g * b];
        // Cramer's rule: the matrix is symmetric and positive definite, and so is its inverse.
        let first = [gg * bb - gb * gb, gb * rb - rg * bb, rg * gb - gg * rb];
        let second = [first[1], rr * bb - rb * rb, rg * rb - rr * gb];
        let third = [first[2], second[2], rr * gg - rg * rg];
        let trust = smoothstep(TRUST, self.probability);
        let scale = trust / dot([rr, rg, rb], first);
        let weights = [first, second, third].map(|row| dot(row, covariance) * scale);
        let offset = self.probability * trust - dot(weights, self.color);
        transpose([weights[0], weights[1], weights[2], offset])
    }

    /// The mean foreground colors and the mean probabilities of a person, clamped as an 8-bit texture does.
    #[inline(always)]
    fn foreground(&self) -> [f32x4<S>; LANES] {
        let scale = reciprocal(self.probability);
        let [r, g, b] = self.person.map(|channel| channel * scale);
        transpose([r, g, b, self.probability].map(|channel| clamp(channel, 0.0, 1.0)))
    }

    /// The mean background colors, clamped likewise.
    #[inline(always)]
    fn background(&self) -> [f32x4<S>; LANES] {
        let scale = reciprocal(-self.probability + 1.0);
        let [r, g, b] = std::array::from_fn(|c| clamp((self.color[c] - self.person[c]) * scale, 0.0, 1.0));
        transpose([r, g, b, b])
    }
}

/// The reciprocal of a weight, which is finite.
#[inline(always)]
fn reciprocal<S: Simd>(weight: f32x4<S>) -> f32x4<S> {
    let simd = weight.token();
    f32x4::splat(simd, 1.0) / at_least(weight, f32x4::splat(simd, 1e-4))
}

#[inline(always)]
fn dot<S: Simd>(a: [f32x4<S>; 3], b: [f32x4<S>; 3]) -> f32x4<S> {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}
