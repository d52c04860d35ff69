//! Reduction of the background to a few pixels.

use std::ops::Range;

use fearless_simd::{Simd, f32x4, i32x4, prelude::*, u16x8};

use super::super::gaussian::Reduction;
use crate::bilinear::{Line, Mix, axis};
use crate::lanes::{STEP, clamp, linear, load, map, padded, quad, transpose};
use crate::matte::samples::{Blocks, NONE, PERSON, SampleMatte, probability, to_alpha};
use crate::planes::Planes;

/// Samples in a block: 16 pixels of the frame, if it is reduced.
const BLOCK: usize = 8;

/// Adds up samples of the background on a grid, [`Reduction::taps`] across and down for each reduced pixel.
pub(super) struct Reduce {
    taps: usize,
    /// Samples in a row.
    width: usize,
    /// Positions of the samples down and across, in the first plane and in the others.
    down: [Vec<Mix>; 2],
    across: [Across; 2],
    /// The matte at the samples, and its rows.
    coefficients: (Line, Vec<Mix>),
    means: (Line, Vec<Mix>),
    blocks: Blocks,
    /// A row of samples as levels, and their weights. Padded.
    samples: [Vec<f32>; 3],
    weights: Vec<f32>,
}

/// Positions of samples in a row of a plane.
enum Across {
    /// In the middle of each of its samples.
    Same,
    /// Between two of its samples.
    Pairs,
    Any(Vec<Mix>),
}

impl Across {
    fn new(source: u32, target: u32) -> Self {
        if source == target {
            Self::Same
        } else if source == 2 * target {
            Self::Pairs
        } else {
            Self::Any(axis(source, target))
        }
    }
}

impl Reduce {
    pub fn new(frame: &Planes, matte: &SampleMatte, Reduction { size, taps, .. }: Reduction) -> Self {
        let (width, height) = (size.width * taps, size.height * taps);
        let lines = |[from_width, from_height]: [usize; 2]| {
            (Line::new(from_width as u32, width), axis(from_height as u32, height))
        };
        let planes = [0, 1].map(|index| frame.plane_size(index));
        let row = || vec![0.0; padded(width as usize)];
        Self {
            taps: taps as usize,
            width: width as usize,
            down: planes.map(|plane| axis(plane.height, height)),
            across: planes.map(|plane| Across::new(plane.width, width)),
            coefficients: lines(matte.size),
            means: lines(matte.mask),
            blocks: Blocks::new(matte.size[0], width, BLOCK),
            samples: [row(), row(), row()],
            weights: row(),
        }
    }

    /// Begins a frame.
    pub fn begin(&mut self, matte: &SampleMatte) {
        self.blocks.set(&matte.certainty);
    }

    /// Adds the weighted squares of RGB in `[0, 1]`, and the weights, of the samples of reduced row `y` to its pixels.
    #[inline(always)]
    pub fn row<S: Simd>(
        &mut self,
        simd: S,
        frame: &Planes,
        matte: &SampleMatte,
        y: usize,
        sums: &mut [[f32; 4]],
    ) {
        let Self { taps, width, down, across, coefficients, means, blocks, samples, weights } = self;
        let (coefficients, coefficients_down) = coefficients;
        let (means, means_down) = means;
        for y in y * *taps..(y + 1) * *taps {
            let rows = coefficients_down[y];
            let mut start = 0;
            for run in blocks.row(rows.first..=rows.second).chunk_by(|one, next| one == next) {
                let columns = start * BLOCK..((start + run.len()) * BLOCK).min(*width);
                start += run.len();
                if run[0] == PERSON {
                    continue;
                }
                for (index, samples) in samples.iter_mut().enumerate() {
                    let down = down[index.min(1)][y];
                    let rows = [frame.row(index, down.first), frame.row(index, down.second)];
                    across[index.min(1)].sample(simd, rows, down.fraction, columns.clone(), samples);
                }
                if run[0] == NONE {
                    weights[columns.clone()].fill(1.0);
                } else {
                    coefficients.set(simd, &matte.coefficients, rows, columns.clone());
                    means.set(simd, &matte.background, means_down[y], columns.clone());
                    weigh(simd, coefficients, means, columns.clone(), samples, weights);
                }
                // The sums read whole vectors.
                weights[columns.end..][..4].fill(0.0);
                add(simd, frame, samples, weights, columns, *taps, sums);
            }
        }
    }
}

/// Replaces the colors of the person's edge, and computes the weights of the background there.
#[inline(always)]
fn weigh<S: Simd>(
    simd: S,
    coefficients: &Line,
    means: &Line,
    columns: Range<usize>,
    samples: &mut [Vec<f32>; 3],
    weights: &mut [f32],
) {
    for x in columns.step_by(4) {
        let color = map(samples.each_ref(), |row| quad(simd, row, x));
        let probability = probability(coefficients.at(simd, x), color);
        // The person's soft edge would leak its colors into the background: the local mean replaces them.
        let fraction = clamp(probability * 4.0, 0.0, 1.0);
        let means = means.at(simd, x);
        for ((row, color), mean) in samples.iter_mut().zip(color).zip(means) {
            (mean - color).mul_add(fraction, color).store_slice(&mut row[x..x + 4]);
        }
        let rest = 1.0 - to_alpha(probability);
        (rest * rest * rest).store_slice(&mut weights[x..x + 4]);
    }
}

/// Adds weighted squares of RGB and the weights to the reduced pixels.
#[inline(always)]
fn add<S: Simd>(
    simd: S,
    frame: &Planes,
    samples: &[Vec<f32>; 3],
    weights: &[f32],
    columns: Range<usize>,
    taps: usize,
    sums: &mut [[f32; 4]],
) {
    let to_rgb = frame.matrix().rgb_from_levels();
    let mut add = |x: usize, pixel: f32x4<S>| {
        let sum = &mut sums[x / taps];
        (f32x4::load_array_ref(simd, sum) + pixel).store_array(sum);
    };
    for x in columns.step_by(4) {
        let color = map(samples.each_ref(), |row| quad(simd, row, x));
        let weight = quad(simd, weights, x);
        let [r, g, b] = map(to_rgb, |row| {
            let channel = linear(row, color);
            channel * channel * weight
        });
        let pixels @ [p, q, r, s] = transpose([r, g, b, weight]);
        if taps >= 4 {
            add(x, (p + q) + (r + s));
        } else {
            pixels.into_iter().enumerate().for_each(|(i, pixel)| add(x + i, pixel));
        }
    }
}

impl Across {
    /// Samples the columns `columns` of a row between two rows of a plane, as levels.
    #[inline(always)]
    fn sample<S: Simd>(
        &self,
        simd: S,
        rows: [&[u8]; 2],
        fraction: f32,
        columns: Range<usize>,
        samples: &mut [f32],
    ) {
        // Weights of 7 bits: the sum of two pairs fits 16.
        let second = (fraction * 128.0).round() as u16;
        match self {
            Self::Same => {
                for x in columns.step_by(STEP) {
                    let [low, high] = map(between(simd, rows, second, x), |half| half.widen());
                    for (i, quad) in [low.0, low.1, high.0, high.1].into_iter().enumerate() {
                        let level = quad.bitcast::<i32x4<S>>().to_float::<f32x4<S>>() * (1.0 / 128.0);
                        level.store_slice(&mut samples[x + 4 * i..][..4]);
                    }
                }
            }
            Self::Pairs => {
                for x in columns.step_by(STEP / 2) {
                    for (i, half) in between(simd, rows, second, 2 * x).into_iter().enumerate() {
                        let level = half.pairwise_widening_add().bitcast::<i32x4<S>>().to_float::<f32x4<S>>()
                            * (1.0 / 256.0);
                        level.store_slice(&mut samples[x + 4 * i..][..4]);
                    }
                }
            }
            Self::Any(taps) => {
                let [first, second] = rows;
                for (sample, mix) in samples[columns.clone()].iter_mut().zip(&taps[columns]) {
                    let [first, second] = [first, second].map(|row| {
                        let [a, b] = [row[mix.first], row[mix.second]].map(f32::from);
                        a + (b - a) * mix.fraction
                    });
                    *sample = first + (second - first) * fraction;
                }
            }
        }
    }
}

/// Mixes 16 samples of two rows from `x` on. The second row has the weight `second`, of 128.
#[inline(always)]
fn between<S: Simd>(simd: S, [first, after]: [&[u8]; 2], second: u16, x: usize) -> [u16x8<S>; 2] {
    let ((a, b), (c, d)) = (load(simd, &first[x..]).widen(), load(simd, &after[x..]).widen());
    [a * (128 - second) + c * second, b * (128 - second) + d * second]
}
