//! The matte of a frame as functions of the frame's samples instead of RGB.

use std::ops::RangeInclusive;

use fearless_simd::{Level, Simd, dispatch, f32x4, i32x4, prelude::*};

use super::STEP;
use super::cpu::Matte;
use crate::Size;
use crate::bilinear::axis;
use crate::lanes::{clamp, linear, transpose};
use crate::planes::ColorMatrix;

/// Places with certain values of a matte, and those around them. Most of a frame is certain, and needs no arithmetic.
pub(crate) type Certainty = u8;

/// The probability is zero, whatever the color.
pub(crate) const NONE: Certainty = 1;
/// Alpha is zero, whatever the color.
pub(crate) const BACKGROUND: Certainty = 2;
/// Alpha is one, whatever the color.
pub(crate) const PERSON: Certainty = 4;
/// Alpha depends on the color.
pub(crate) const EDGE: Certainty = 8;

/// The greatest probability that counts as none. It changes a color of the blur by less than a level.
const NEGLIGIBLE: f32 = 1e-3;

/// A [`Matte`] for frames of one [`ColorMatrix`]. Samples are levels from 0 to 255.
#[derive(Default)]
pub(crate) struct SampleMatte {
    /// Width and height of the coefficients.
    pub size: [usize; 2],
    /// Weights of the three samples in the probability, and the offset.
    pub coefficients: Vec<[f32; 4]>,
    /// The certainty at each of the coefficients.
    pub certainty: Vec<Certainty>,
    /// Width and height of the mean colors.
    pub mask: [usize; 2],
    /// The samples of the mean foreground color, and the mean probability of a person.
    pub foreground: Vec<[f32; 4]>,
    /// The samples of the mean background color.
    pub background: Vec<[f32; 4]>,
}

impl SampleMatte {
    /// Converts a matte.
    pub fn set(&mut self, matte: &Matte, matrix: ColorMatrix) {
        let sides = |size: Size| [size.width as usize, size.height as usize];
        (self.size, self.mask) = (sides(matte.size), sides(matte.mask));
        let blank = [0.0; 4];
        self.coefficients.resize(matte.coefficients.len(), blank);
        self.certainty.resize(matte.coefficients.len(), 0);
        self.foreground.resize(matte.foreground.len(), blank);
        self.background.resize(matte.background.len(), blank);
        dispatch!(Level::new(), simd => self.convert(simd, matte, matrix));
    }

    #[inline(always)]
    fn convert<S: Simd>(&mut self, simd: S, matte: &Matte, matrix: ColorMatrix) {
        for ((from, to), certainty) in matte
            .coefficients
            .chunks(4)
            .zip(self.coefficients.chunks_mut(4))
            .zip(self.certainty.chunks_mut(4))
        {
            let weights = load(simd, from, |pixel| pixel);
            store(fold(weights, matrix), to);
            let values = classify(simd, weights).to_array();
            certainty.iter_mut().zip(values).for_each(|(target, value)| *target = value as Certainty);
        }
        for (from, to) in matte.foreground.chunks(4).zip(self.foreground.chunks_mut(4)) {
            let [r, g, b, probability] = load(simd, from, |pixel| pixel);
            let [x, y, z] = from_rgb([r, g, b], matrix);
            store([x, y, z, probability], to);
        }
        for (from, to) in matte.background.chunks(4).zip(self.background.chunks_mut(4)) {
            let [r, g, b, zero] = load(simd, from, |[r, g, b]| [r, g, b, 0.0]);
            let [x, y, z] = from_rgb([r, g, b], matrix);
            store([x, y, z, zero], to);
        }
    }
}

/// Loads up to four pixels as four channels.
#[inline(always)]
fn load<S: Simd, P: Copy>(simd: S, pixels: &[P], channels: impl Fn(P) -> [f32; 4]) -> [f32x4<S>; 4] {
    let mut loaded = [f32x4::splat(simd, 0.0); 4];
    for (loaded, pixel) in loaded.iter_mut().zip(pixels) {
        *loaded = f32x4::load_array(simd, channels(*pixel));
    }
    transpose(loaded)
}

#[inline(always)]
fn store<S: Simd>(channels: [f32x4<S>; 4], pixels: &mut [[f32; 4]]) {
    pixels.iter_mut().zip(transpose(channels)).for_each(|(to, pixel)| pixel.store_array(to));
}

/// Turns linear functions of RGB in `[0, 1]` into functions of the samples: weights of the channels and an offset each.
#[inline(always)]
fn fold<S: Simd>([r, g, b, offset]: [f32x4<S>; 4], matrix: ColorMatrix) -> [f32x4<S>; 4] {
    let [red, green, blue] = matrix.rgb_from_levels();
    let weight = |i: usize| r * red[i] + g * green[i] + b * blue[i];
    [weight(0), weight(1), weight(2), weight(3) + offset]
}

/// Converts RGB in `[0, 1]` to samples.
#[inline(always)]
fn from_rgb<S: Simd>(rgb: [f32x4<S>; 3], matrix: ColorMatrix) -> [f32x4<S>; 3] {
    let [x, y, z] = matrix.levels_from_rgb();
    [linear(x, rgb), linear(y, rgb), linear(z, rgb)]
}

/// The certainty of four linear functions of RGB.
#[inline(always)]
fn classify<S: Simd>(simd: S, [r, g, b, offset]: [f32x4<S>; 4]) -> i32x4<S> {
    let zero = f32x4::splat(simd, 0.0);
    let [mut least, mut greatest] = [offset; 2];
    for weight in [r, g, b] {
        let negative = weight.simd_lt(zero);
        least += negative.select(weight, zero);
        greatest += negative.select(zero, weight);
    }
    let value = |certainty: Certainty| i32x4::splat(simd, certainty.into());
    let edge = least.simd_ge(STEP[1]).select(value(PERSON), value(EDGE));
    let outside = greatest.simd_le(STEP[0]).select(value(BACKGROUND), edge);
    greatest.simd_le(NEGLIGIBLE).select(value(NONE), outside)
}

/// Evaluates the probability of a person at four pixels from the coefficients and the samples there.
#[inline(always)]
pub(crate) fn probability<S: Simd>([a, b, c, offset]: [f32x4<S>; 4], [x, y, z]: [f32x4<S>; 3]) -> f32x4<S> {
    a * x + b * y + c * z + offset
}

/// The cubic Hermite step (`smoothstep`) from probability to alpha.
#[inline(always)]
pub(crate) fn to_alpha<S: Simd>(probability: f32x4<S>) -> f32x4<S> {
    let t = clamp((probability - STEP[0]) * (1.0 / (STEP[1] - STEP[0])), 0.0, 1.0);
    t * t * (t * -2.0 + 3.0)
}

/// The certainty of blocks of a row.
///
/// A linear filter mixes four coefficients for each pixel, and the probability is linear in them too: where all are
/// certain, all pixels between them are.
pub(crate) struct Blocks {
    /// The columns of the image of certainties that the pixels of each block mix.
    columns: Vec<RangeInclusive<usize>>,
    width: usize,
    /// For each row of the image, what the columns of each block have together.
    rows: Vec<Certainty>,
    row: Vec<Certainty>,
}

impl Blocks {
    /// Divides rows of `target` pixels into blocks of `block`. `source` is the width of the image of certainties.
    pub fn new(source: usize, target: u32, block: usize) -> Self {
        let taps = axis(source as u32, target);
        let columns: Vec<_> =
            taps.chunks(block).map(|taps| taps[0].first..=taps[taps.len() - 1].second).collect();
        Self { width: source, rows: Vec::new(), row: vec![0; columns.len()], columns }
    }

    /// Takes the image of a frame's certainties.
    pub fn set(&mut self, certainty: &[Certainty]) {
        self.rows.clear();
        for row in certainty.chunks_exact(self.width) {
            let together =
                |columns: &RangeInclusive<usize>| row[columns.clone()].iter().fold(0, |all, one| all | one);
            self.rows.extend(self.columns.iter().map(together));
        }
    }

    /// What all pixels of each block have together that mix the rows `rows` of the image.
    pub fn row(&mut self, rows: RangeInclusive<usize>) -> &[Certainty] {
        let count = self.row.len();
        self.row.fill(0);
        for row in
            self.rows[rows.start() * count..][..(rows.end() - rows.start() + 1) * count].chunks_exact(count)
        {
            self.row.iter_mut().zip(row).for_each(|(all, one)| *all |= one);
        }
        &self.row
    }
}
