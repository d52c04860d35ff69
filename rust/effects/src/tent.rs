//! The tent (triangle) filter, which scales planes of samples.

use std::ops::Range;

use fearless_simd::{Level, Simd, dispatch, i16x8, i32x4, prelude::*, u8x16};

use crate::Size;
use crate::background::Region;
use crate::lanes::{STEP, load};

/// The tent filter that scales one axis from `source` to `target` pixels.
///
/// Pixels are half-pixel centered. The tent reaches `max(source / target, 1)` source pixels to each side, is cut off at
/// the image's edge, and its weights are normalized. That is Pillow's `Image.resize(..., BILINEAR)`, and plain bilinear
/// interpolation when upsampling. Multiplied by `2 * target * reach`, distances and weights are integers: this code and
/// its shader twin `tent.wgsl` use the same pixels with the same weights.
#[derive(Clone, Copy)]
struct Tent {
    source: i64,
    target: i64,
}

impl Tent {
    fn reach(self) -> i64 {
        2 * self.source.max(self.target)
    }

    /// The center of target pixel `x`.
    fn center(self, x: u32) -> i64 {
        (2 * i64::from(x) + 1) * self.source
    }

    /// The source pixels in the window of target pixel `x`.
    fn window(self, x: u32) -> Range<i64> {
        let Self { source, target } = self;
        let (center, reach) = (self.center(x), self.reach());
        let first = ((center - reach - target).div_euclid(2 * target) + 1).max(0);
        let end = ((center + reach - target + 2 * target - 1) / (2 * target)).min(source);
        first..end
    }

    /// The weights of the pixels in that window, in units of 2^-14. They sum to 1.
    fn weights(self, x: u32) -> impl Iterator<Item = i16> {
        let weight = move |i: i64| self.reach() - ((2 * i + 1) * self.target - self.center(x)).abs();
        let total: i64 = self.window(x).map(weight).sum();
        let rounded = move |sum: i64| ((sum << WEIGHT_BITS) + total / 2) / total;
        let mut sum = 0;
        // Rounds the sums of the weights, so that the errors do not add up.
        self.window(x).map(move |i| {
            let before = rounded(sum);
            sum += weight(i);
            (rounded(sum) - before) as i16
        })
    }
}

/// Fractional bits of a weight: two weights below 1 and two samples of 15 bits multiply to less than 2^31.
const WEIGHT_BITS: u32 = 14;
/// Fractional bits of the samples of a row between the two passes.
const ROW_BITS: u32 = 7;
/// Fractional bits of the samples of the result.
pub(crate) const FRACTION_BITS: u32 = WEIGHT_BITS + ROW_BITS;

/// Weights in a vector.
const TAPS: usize = 8;
/// Target pixels in a vector.
const SUMS: usize = 4;

/// The taps of one axis.
struct Axis {
    /// The first source pixel of each target pixel's window. Padded to a multiple of [`SUMS`].
    first: Vec<usize>,
    /// The weights of each window, and zeros up to `taps`.
    weights: Vec<i16>,
    /// The weights of a window, a multiple of [`TAPS`].
    taps: usize,
}

impl Axis {
    fn new(tent: Tent) -> Self {
        let target = tent.target as u32;
        let length = |x| (tent.window(x).end - tent.window(x).start) as usize;
        let taps = (0..target).map(length).max().unwrap_or_default().next_multiple_of(TAPS);
        let (mut first, mut weights) = (Vec::new(), Vec::new());
        for x in 0..target.next_multiple_of(SUMS as u32) {
            let x = x.min(target - 1);
            first.push(tent.window(x).start as usize);
            weights.extend(tent.weights(x));
            weights.resize(first.len() * taps, 0);
        }
        Self { first, weights, taps }
    }

    /// The first source pixel of a target pixel's window, and the weights.
    fn window(&self, x: usize) -> (usize, &[i16]) {
        (self.first[x], &self.weights[x * self.taps..][..self.taps])
    }
}

/// The taps of [`SUMS`] neighboring target pixels, at most four each, whose samples fit one vector.
struct Group {
    /// The first sample of the vector.
    first: usize,
    /// The bytes of the vector with the samples of the first two taps of each pixel, and of the last two.
    bytes: [[u8; 16]; 2],
    /// The weights of these taps.
    weights: [[i16; TAPS]; 2],
}

impl Group {
    /// Groups the taps; `None` for a stronger reduction.
    fn all(axis: &Axis) -> Option<Vec<Self>> {
        (0..axis.first.len()).step_by(SUMS).map(|x| Self::new(axis, x)).collect()
    }

    fn new(axis: &Axis, x: usize) -> Option<Self> {
        let mut group = Self { first: axis.first[x], bytes: [[0; 16]; 2], weights: [[0; TAPS]; 2] };
        for pixel in 0..SUMS {
            let (first, weights) = axis.window(x + pixel);
            for (tap, &weight) in weights.iter().enumerate().filter(|(_, weight)| **weight != 0) {
                let sample = first + tap - group.first;
                if tap >= 4 || sample >= TAPS {
                    return None;
                }
                let at = 2 * pixel + tap % 2;
                group.weights[tap / 2][at] = weight;
                group.bytes[tap / 2][2 * at] = 2 * sample as u8;
                group.bytes[tap / 2][2 * at + 1] = 2 * sample as u8 + 1;
            }
        }
        Some(group)
    }
}

/// Scales a region of planes of one size to another, row by row: first the columns, then the rows.
pub(crate) struct Scaler {
    /// The width of a plane.
    stride: usize,
    source: Region,
    across: Axis,
    groups: Option<Vec<Group>>,
    down: Axis,
    /// The source region's width, scaled down: 15 bits. Padded for loads of whole vectors.
    row: Vec<i16>,
    /// The scaled row. Padded to whole vectors.
    scaled: Vec<i32>,
}

impl Scaler {
    /// Prepares the taps. `stride` is the width of the planes, in which the region lies. No side is zero.
    pub fn new(stride: u32, source: Region, target: Size) -> Self {
        let axis =
            |source: u32, target: u32| Axis::new(Tent { source: source.into(), target: target.into() });
        let across = axis(source.size.width, target.width);
        Self {
            stride: stride as usize,
            source,
            row: vec![0; (source.size.width as usize).next_multiple_of(STEP) + across.taps],
            scaled: vec![0; across.first.len()],
            groups: Group::all(&across),
            across,
            down: axis(source.size.height, target.height),
        }
    }

    /// Returns row `y` of the scaled plane: samples with [`FRACTION_BITS`]. The row is padded to a multiple of four.
    pub fn row(&mut self, plane: &[u8], y: usize) -> &[i32] {
        dispatch!(Level::new(), simd => {
            self.scale_down(simd, plane, y);
            match (&self.groups, self.across.taps / TAPS) {
                (Some(groups), _) => scale_groups(simd, groups, &self.row, &mut self.scaled),
                // The loop over a known number of vectors is unrolled.
                (None, 1) => self.scale_across(simd, 1),
                (None, 2) => self.scale_across(simd, 2),
                (None, vectors) => self.scale_across(simd, vectors),
            }
        });
        &self.scaled
    }

    #[inline(always)]
    fn scale_down<S: Simd>(&mut self, simd: S, plane: &[u8], y: usize) {
        const EXCESS: u32 = WEIGHT_BITS - ROW_BITS;
        let Self { stride, source: Region { x: left, y: top, size }, .. } = *self;
        let (first, weights) = self.down.window(y);
        let last = weights.iter().rposition(|weight| *weight != 0).unwrap_or_default();
        let pairs = weights[..(last + 1).next_multiple_of(2)].as_chunks::<2>().0;
        let plane = &plane[(top as usize + first) * stride + left as usize..];
        let blocks = self.row.as_chunks_mut::<STEP>().0.iter_mut();
        for (x, block) in (0..size.width as usize).step_by(STEP).zip(blocks) {
            let column = &plane[x..];
            let mut sums = [i32x4::splat(simd, 0); 4];
            for (i, &[a, b]) in pairs.iter().enumerate() {
                // Neighbors in a column become neighbors in a vector, whose products are added.
                let weights = i32x4::splat(simd, i32::from(a) | i32::from(b) << 16).bitcast::<i16x8<S>>();
                let a = load(simd, &column[2 * i * stride..]);
                let b = load(simd, &column[(2 * i + 1).min(last) * stride..]);
                let (low, high) = (widen(a.zip_low(b)), widen(a.zip_high(b)));
                for (sum, pairs) in sums.iter_mut().zip([low.0, low.1, high.0, high.1]) {
                    *sum += pairs.pairwise_dot_product(weights);
                }
            }
            let [a, b, c, d] = sums.map(|sum| (sum + (1 << (EXCESS - 1))) >> EXCESS);
            let (low, high) = block.split_at_mut(STEP / 2);
            a.saturating_narrow(b).store_slice(low);
            c.saturating_narrow(d).store_slice(high);
        }
    }

    /// Scales the row with windows of `vectors` vectors.
    #[inline(always)]
    fn scale_across<S: Simd>(&mut self, simd: S, vectors: usize) {
        let Self { across, row, scaled, .. } = self;
        let windows = across.first.as_chunks::<SUMS>().0.iter();
        let weights = across.weights.chunks_exact(SUMS * vectors * TAPS);
        for (scaled, (first, weights)) in
            scaled.as_chunks_mut::<SUMS>().0.iter_mut().zip(windows.zip(weights))
        {
            let [a, b, c, d] = std::array::from_fn(|pixel| {
                let samples = &row[first[pixel]..][..vectors * TAPS];
                let weights = &weights[pixel * vectors * TAPS..][..vectors * TAPS];
                let mut sums = i32x4::splat(simd, 0);
                for (weights, samples) in weights.as_chunks().0.iter().zip(samples.as_chunks().0) {
                    let samples = i16x8::load_array_ref(simd, samples);
                    sums += samples.pairwise_dot_product(i16x8::load_array_ref(simd, weights));
                }
                sums
            });
            let pairs = |a: i32x4<S>, b: i32x4<S>| a.unzip_low(b) + a.unzip_high(b);
            pairs(pairs(a, b), pairs(c, d)).store_array(scaled);
        }
    }
}

/// Scales a row with groups of windows.
#[inline(always)]
fn scale_groups<S: Simd>(simd: S, groups: &[Group], row: &[i16], scaled: &mut [i32]) {
    for (scaled, Group { first, bytes, weights }) in scaled.as_chunks_mut::<SUMS>().0.iter_mut().zip(groups) {
        let samples = i16x8::from_slice(simd, &row[*first..][..TAPS]);
        let [start, end] = [0, 1].map(|half| {
            let bytes = u8x16::load_array_ref(simd, &bytes[half]);
            samples.swizzle_dyn(bytes).pairwise_dot_product(i16x8::load_array_ref(simd, &weights[half]))
        });
        (start + end).store_array(scaled);
    }
}

/// Widens samples.
#[inline(always)]
fn widen<S: Simd>(samples: u8x16<S>) -> (i16x8<S>, i16x8<S>) {
    let (low, high) = samples.widen();
    (low.bitcast(), high.bitcast())
}
