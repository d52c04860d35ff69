//! Conversions between planes and interleaved pixels.

use fearless_simd::{Level, Simd, dispatch, f32x4, i16x8, prelude::*, u8x16, u16x8};

use super::{ColorMatrix, Planes, Sampling};
use crate::lanes::{STEP, linear, load, map, to_levels, to_samples};
use crate::{EffectError, Image, Size};

/// The order of a pixel's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PixelOrder {
    /// Red, green, blue, alpha.
    Rgba,
    /// Blue, green, red, alpha.
    Bgra,
}

impl Planes {
    /// The planes of an image's colors. Its alpha is ignored.
    pub fn from_image(image: &Image) -> Self {
        let mut planes = Self::default();
        planes
            .read_rgba(image.size(), image.pixels(), PixelOrder::Rgba)
            .expect("an image has a size and all its pixels");
        planes
    }

    /// Takes the colors of interleaved pixels as planes of RGB. Their alpha is ignored.
    ///
    /// # Errors
    /// [`EffectError::PixelCount`], or a size out of range.
    pub fn read_rgba(&mut self, size: Size, pixels: &[u8], order: PixelOrder) -> Result<(), EffectError> {
        check_length(size, "RGBA", size.pixels() * 4, pixels)?;
        self.reset(size, Sampling::Full, ColorMatrix::RGB)?;
        let [red, green, blue] = self.planes_mut();
        let [first, third] = match order {
            PixelOrder::Rgba => [red, blue],
            PixelOrder::Bgra => [blue, red],
        };
        let pixels = pixels.as_chunks::<4>().0;
        for (i, [a, b, c, _]) in pixels.iter().enumerate() {
            [first[i], green[i], third[i]] = [*a, *b, *c];
        }
        Ok(())
    }

    /// Takes an image of the format NV12: a plane of luma, and one in which Cb and Cr alternate.
    ///
    /// # Errors
    /// [`EffectError::PixelCount`], or a size out of range.
    pub fn read_nv12(&mut self, size: Size, bytes: &[u8], matrix: ColorMatrix) -> Result<(), EffectError> {
        check_length(size, "NV12", Self::byte_length(size, Sampling::Half), bytes)?;
        self.reset(size, Sampling::Half, matrix)?;
        let (luma, chroma) = bytes.split_at(size.pixels());
        let [y, cb, cr] = self.planes_mut();
        y.copy_from_slice(luma);
        for ((cb, cr), pair) in cb.iter_mut().zip(cr).zip(chroma.as_chunks().0) {
            [*cb, *cr] = *pair;
        }
        Ok(())
    }

    /// Writes RGBA with straight alpha: that of `alpha`, one byte a pixel, or opaque without it. Each pixel has the chroma
    /// of its 2x2 block, as in the browsers' conversion on the CPU.
    ///
    /// # Panics
    /// If `pixels` has not four bytes, or `alpha` not one byte a pixel.
    pub fn write_rgba(&self, alpha: Option<&[u8]>, pixels: &mut [u8]) {
        assert_eq!(pixels.len(), self.size.pixels() * 4, "four bytes a pixel");
        assert!(alpha.is_none_or(|alpha| alpha.len() == self.size.pixels()), "one byte of alpha a pixel");
        let width = self.size.width as usize;
        let step = self.sampling.step();
        let weights = Weights::new(self.matrix);
        for (y, target) in pixels.chunks_exact_mut(4 * width).enumerate() {
            let rows = [self.row(0, y), self.row(1, y / step), self.row(2, y / step)];
            let alpha = alpha.map(|alpha| &alpha[y * width..][..width]);
            dispatch!(Level::new(), simd => match (self.matrix == ColorMatrix::RGB, self.sampling) {
                (true, Sampling::Full) => write_row::<_, 1>(simd, rows, alpha, target, |rgb| rgb),
                (_, Sampling::Full) => write_row::<_, 1>(simd, rows, alpha, target, |samples| weights.rgb(samples)),
                (_, Sampling::Half) => write_row::<_, 2>(simd, rows, alpha, target, |samples| weights.rgb(samples)),
            });
        }
    }
}

/// Interleaves a row. `N` pixels share a sample of the second and third plane.
#[inline(always)]
fn write_row<S: Simd, const N: usize>(
    simd: S,
    [first, second, third]: [&[u8]; 3],
    alpha: Option<&[u8]>,
    target: &mut [u8],
    rgb: impl Fn([u8x16<S>; 3]) -> [u8x16<S>; 3],
) {
    for (x, target) in (0..first.len()).step_by(STEP).zip(target.chunks_mut(4 * STEP)) {
        let [second, third] = map([second, third], |row| {
            let samples = load(simd, &row[x / N..]);
            if N == 1 { samples } else { samples.zip_low(samples) }
        });
        let [r, g, b] = rgb([load(simd, &first[x..]), second, third]);
        let alpha = alpha.map_or(u8x16::splat(simd, u8::MAX), |alpha| load(simd, &alpha[x..]));
        match target.first_chunk_mut() {
            Some(target) => simd.store_four_interleaved_u8x16([r, g, b, alpha], target),
            None => {
                let mut pixels = [0; 4 * STEP];
                simd.store_four_interleaved_u8x16([r, g, b, alpha], &mut pixels);
                target.copy_from_slice(&pixels[..target.len()]);
            }
        }
    }
}

/// A [`ColorMatrix`] to RGB in integers.
struct Weights {
    /// For each channel: weights of the first and second sample in turn, as [`Weights::BITS`] bits after the point.
    first: [[i16; 8]; 3],
    /// Weights of the third sample, and the offset.
    third: [[i16; 8]; 3],
}

impl Weights {
    const BITS: u32 = 13;
    /// What the offset is multiplied by: it does not fit a weight.
    const UNIT: i16 = 64;

    fn new(matrix: ColorMatrix) -> Self {
        let fixed = |value: f32| (value * (1 << Self::BITS) as f32).round() as i16;
        // Chroma is counted from 128, and so are the results. A half rounds.
        let offset = |[_, y, z, offset]: [f32; 4]| {
            (offset * 255.0 + (y + z - 1.0) * 128.0 + 0.5) / f32::from(Self::UNIT)
        };
        let pairs =
            |first: f32, second: f32| std::array::from_fn(|i| fixed(if i % 2 == 0 { first } else { second }));
        Self {
            first: matrix.to_rgb.map(|[x, y, _, _]| pairs(x, y)),
            third: matrix.to_rgb.map(|row| pairs(row[2], offset(row))),
        }
    }

    #[inline(always)]
    fn rgb<S: Simd>(&self, [first, second, third]: [u8x16<S>; 3]) -> [u8x16<S>; 3] {
        let simd = first.token();
        let signed = |half: u16x8<S>| half.bitcast::<i16x8<S>>();
        let (low, high) = first.widen();
        let [second, third] = map([second, third], |samples| {
            let (low, high) = samples.widen();
            map([low, high], |half| signed(half) - 128)
        });
        let unit = i16x8::splat(simd, Self::UNIT);
        let mut pairs = [[unit; 2]; 4];
        for (pairs, (first, i)) in pairs.chunks_exact_mut(2).zip([(low, 0), (high, 1)]) {
            let (first, second, third) = (signed(first), second[i], third[i]);
            pairs[0] = [first.zip_low(second), third.zip_low(unit)];
            pairs[1] = [first.zip_high(second), third.zip_high(unit)];
        }
        let mut rgb = [first; 3];
        for (channel, (first, third)) in rgb.iter_mut().zip(self.first.iter().zip(&self.third)) {
            let [first, third] = [i16x8::load_array_ref(simd, first), i16x8::load_array_ref(simd, third)];
            let level = |pairs: [i16x8<S>; 2]| {
                (pairs[0].pairwise_dot_product(first) + pairs[1].pairwise_dot_product(third)) >> Self::BITS
            };
            let low = level(pairs[0]).saturating_narrow(level(pairs[1]));
            let high = level(pairs[2]).saturating_narrow(level(pairs[3]));
            *channel = low.saturating_narrow(high).bitcast::<u8x16<S>>() ^ 0x80;
        }
        rgb
    }
}

impl Planes {
    /// The image as RGBA with straight alpha: that of `alpha`, or opaque if it is empty.
    pub(crate) fn to_image(&self, alpha: &[u8]) -> Image {
        let mut pixels = vec![0; self.size.pixels() * 4];
        self.write_rgba((!alpha.is_empty()).then_some(alpha), &mut pixels);
        Image::new(self.size, pixels).expect("planes have a valid size")
    }

    /// Converts the image to another sampling and matrix.
    pub(crate) fn convert(&self, sampling: Sampling, matrix: ColorMatrix, into: &mut Self) {
        into.reset(self.size, sampling, matrix).expect("planes have a valid size");
        let rgb = self.matrix.rgb_from_levels();
        let weights = matrix.levels_from_rgb().map(|row| {
            let weight = |i: usize| row[0] * rgb[0][i] + row[1] * rgb[1][i] + row[2] * rgb[2][i];
            [weight(0), weight(1), weight(2), weight(3) + row[3]]
        });
        let from = self.sampling.step();
        let height = self.size.height as usize;
        for (index, weights) in weights.into_iter().enumerate() {
            let to = if index == 0 { 1 } else { sampling.step() };
            for y in 0..into.plane_size(index).height as usize {
                let rows = [y * to, (y * to + to - 1).min(height - 1)]
                    .map(|y| [self.row(0, y), self.row(1, y / from), self.row(2, y / from)]);
                let target = into.row_mut(index, y);
                dispatch!(Level::new(), simd => match (from, to) {
                    (1, 1) => convert_row::<_, 1, 1>(simd, rows, weights, target),
                    (1, _) => convert_row::<_, 1, 2>(simd, rows, weights, target),
                    (_, 1) => convert_row::<_, 2, 1>(simd, rows, weights, target),
                    _ => convert_row::<_, 2, 2>(simd, rows, weights, target),
                });
            }
        }
    }
}

/// Computes one plane's samples from all three planes: `FROM` and `TO` pixels across and down share a sample, before and
/// after. `rows` are the first and the last row of these pixels.
#[inline(always)]
fn convert_row<S: Simd, const FROM: usize, const TO: usize>(
    simd: S,
    rows: [[&[u8]; 3]; 2],
    weights: [f32; 4],
    target: &mut [u8],
) {
    /// Samples of the target in a step.
    const WIDTH: usize = STEP / 2;
    for (x, target) in (0..target.len()).step_by(WIDTH).zip(target.chunks_mut(WIDTH)) {
        let mut levels = [[f32x4::splat(simd, 0.0); 2]; 3];
        for (index, levels) in levels.iter_mut().enumerate() {
            let from = if index == 0 { 1 } else { FROM };
            // The row starts at the first sample that a target sample needs.
            let quads = map(rows, |rows| to_levels(load(simd, &rows[index][x * TO / from..])));
            *levels = match (from, TO) {
                (2, 1) => [quads[0][0].zip_low(quads[0][0]), quads[0][0].zip_high(quads[0][0])],
                (1, 2) => {
                    let [first, last] = quads;
                    let pair = |i: usize| {
                        let (a, b) = (first[i] + last[i], first[i + 1] + last[i + 1]);
                        (a.unzip_low(b) + a.unzip_high(b)) * 0.25
                    };
                    [pair(0), pair(2)]
                }
                _ => [quads[0][0], quads[0][1]],
            };
        }
        let [first, second, third] = levels;
        let [low, high] = map([0, 1], |i| linear(weights, [first[i], second[i], third[i]]));
        let samples = to_samples([low, high, low, high]);
        target.copy_from_slice(&samples.as_array()[..target.len()]);
    }
}

fn check_length(size: Size, format: &'static str, expected: usize, bytes: &[u8]) -> Result<(), EffectError> {
    size.check("frame", Size::MAX_SIDE)?;
    let found = bytes.len();
    if found == expected { Ok(()) } else { Err(EffectError::PixelCount { size, format, expected, found }) }
}
