//! The edges of the person: the part of a frame where alpha depends on the color.

use std::ops::Range;

use fearless_simd::{Level, Simd, dispatch, f32x4, prelude::*};

use super::{BLOCK, Class, Run};
use crate::Size;
use crate::bilinear::{Line, Mix, axis};
use crate::lanes::{STEP, clamp, linear, load, map, padded, quad, store, to_levels, to_samples};
use crate::matte::samples::{
    BACKGROUND, Blocks, Certainty, NONE, PERSON, SampleMatte, probability, to_alpha,
};
use crate::planes::{ColorMatrix, Planes, Sampling};

/// A frame and its matte.
#[derive(Clone, Copy)]
pub(super) struct Person<'a> {
    pub frame: &'a Planes,
    pub matte: &'a SampleMatte,
}

/// What the person is laid over.
pub(super) enum Over<'a> {
    /// The frame's own background, blurred. A soft edge keeps its color: the same background shows through it.
    Blur,
    /// A virtual background, and its light.
    Opaque(Light<'a>),
    /// Nothing: the person is cut out. The alpha is written here.
    Nothing(&'a mut [u8]),
}

/// The light of a background.
pub(super) struct Light<'a> {
    /// RGB in `[0, 1]`.
    pub map: &'a [[f32; 4]],
    pub size: Size,
    pub gain: f32,
    /// Strength of the light wrap.
    pub strength: f32,
}

/// Tables for one format of frames and mattes, and the rows in work.
pub(super) struct Edges {
    format: Format,
    /// Size of the frame's second plane.
    second: Size,
    blocks: Blocks,
    /// [`PERSON`] where no light wrap is visible.
    unlit: Vec<Certainty>,
    unlit_blocks: Blocks,
    /// The coefficients at the pixels, and their rows.
    coefficients: (Line, Vec<Mix>),
    /// The mean foreground and background at the samples of the second plane, and their rows.
    means: ([Line; 2], Vec<Mix>),
    /// The mean foreground at the pixels, and its rows. Its amount of person changes by several levels of light from pixel to
    /// pixel.
    around: (Line, Vec<Mix>),
    /// The light map of a size at the samples of the second plane, and its rows.
    light: (Size, Line, Vec<Mix>),
    rows: Rows,
}

/// Rows of f32 values, padded: one row of the second and third plane, and the rows of the first over it.
struct Rows {
    /// The levels of the frame's samples, and then those of the foreground.
    first: [Vec<f32>; 2],
    others: [Vec<f32>; 2],
    alpha: [Vec<f32>; 2],
    /// Alpha at the samples of the second plane.
    mean_alpha: Vec<f32>,
    /// At the samples of the second plane: the mean level of the first one, what the full amount of light adds to it, and how
    /// much less it adds for each level more.
    lit: [Vec<f32>; 3],
}

/// What the tables depend on.
#[derive(Clone, Copy, PartialEq)]
struct Format {
    size: Size,
    sampling: Sampling,
    /// Width and height of the coefficients and of the mean colors.
    matte: [[usize; 2]; 2],
}

/// A row of the frame's second plane, and the rows of the first over it: the last one of an odd number is its own
/// second.
#[derive(Clone, Copy)]
pub(super) struct Band {
    pub second: usize,
    pub first: [usize; 2],
}

impl Edges {
    /// Returns the tables for a frame and its matte: those of the last frame, if they fit.
    pub fn get<'a>(kept: &'a mut Option<Self>, frame: &Planes, matte: &SampleMatte) -> &'a mut Self {
        let (size, sampling) = (frame.size(), frame.sampling());
        let format = Format { size, sampling, matte: [matte.size, matte.mask] };
        let fitting = kept.take().filter(|edges| edges.format == format);
        kept.insert(fitting.unwrap_or_else(|| Self::new(format, frame.plane_size(1))))
    }

    fn new(format: Format, second: Size) -> Self {
        let Format { size, matte: [coefficients, mask], .. } = format;
        let line = |[width, _]: [usize; 2], target: u32| Line::new(width as u32, target);
        let rows = |[_, height]: [usize; 2], target: u32| axis(height as u32, target);
        let row = || vec![0.0; padded(size.width as usize)];
        Self {
            format,
            second,
            blocks: Blocks::new(coefficients[0], size.width, BLOCK),
            unlit: Vec::new(),
            unlit_blocks: Blocks::new(mask[0], size.width, BLOCK),
            coefficients: (line(coefficients, size.width), rows(coefficients, size.height)),
            means: ([0, 1].map(|_| line(mask, second.width)), rows(mask, second.height)),
            around: (line(mask, size.width), rows(mask, size.height)),
            light: light_tables(Size { width: 1, height: 1 }, second),
            rows: Rows {
                first: [row(), row()],
                others: [row(), row()],
                alpha: [row(), row()],
                mean_alpha: row(),
                lit: [row(), row(), row()],
            },
        }
    }

    /// Begins a frame.
    pub fn begin(&mut self, matte: &SampleMatte, over: &Over<'_>) {
        self.blocks.set(&matte.certainty);
        if let Over::Opaque(light) = over {
            if light.size != self.light.0 {
                self.light = light_tables(light.size, self.second);
            }
            // The greatest amount of light that changes no sample by a level.
            let unlit = |pixel: &[f32; 4]| light.strength * (2.0 - 2.0 * pixel[3]) < 1.0 / 255.0;
            self.unlit.clear();
            self.unlit.extend(matte.foreground.iter().map(|pixel| if unlit(pixel) { PERSON } else { 0 }));
            self.unlit_blocks.set(&self.unlit);
        }
    }

    /// Finds the runs of blocks of one class in a band.
    pub fn runs(&mut self, band: Band, over: &Over<'_>, runs: &mut Vec<Run>) {
        let Self {
            format,
            second,
            blocks,
            unlit_blocks,
            coefficients: (_, down),
            means: (_, means_down),
            ..
        } = self;
        let certainty = blocks.row(down[band.first[0]].first..=down[band.first[1]].second);
        let means = means_down[band.second];
        let unlit = match over {
            Over::Opaque(_) => Some(unlit_blocks.row(means.first..=means.second)),
            _ => None,
        };
        let class = |block: usize| match certainty[block] {
            PERSON if unlit.is_none_or(|unlit| unlit[block] == PERSON) => Class::Person,
            certain if certain & !(NONE | BACKGROUND) == 0 => Class::Background,
            _ => Class::Edge,
        };
        runs.clear();
        let step = format.sampling.step();
        for block in 0..certainty.len() {
            let end = (block + 1) * BLOCK;
            let [first, others] =
                [(end, format.size), (end / step, *second)].map(|(end, size)| end.min(size.width as usize));
            match runs.last_mut() {
                Some(run) if run.class == class(block) => (run.first.end, run.others.end) = (first, others),
                _ => runs.push(Run {
                    class: class(block),
                    first: block * BLOCK..first,
                    others: block * BLOCK / step..others,
                }),
            }
        }
    }

    /// Lays the person over the background in `output`, in the columns of `run`.
    pub fn over(
        &mut self,
        person: Person<'_>,
        band: Band,
        run: &Run,
        over: &mut Over<'_>,
        output: &mut Planes,
    ) {
        dispatch!(Level::new(), simd => match person.frame.sampling() {
            Sampling::Full => self.run::<_, 1>(simd, person, band, run, over, output),
            Sampling::Half => self.run::<_, 2>(simd, person, band, run, over, output),
        });
    }

    /// `N` samples of the first plane across and down share a sample of the others.
    #[inline(always)]
    fn run<S: Simd, const N: usize>(
        &mut self,
        simd: S,
        person: Person<'_>,
        band: Band,
        run: &Run,
        over: &mut Over<'_>,
        output: &mut Planes,
    ) {
        let Person { frame, matte } = person;
        let Self {
            coefficients: (coefficients, down),
            means: (means, means_down),
            around: (around, around_down),
            light: lights,
            rows,
            ..
        } = self;
        rows.load(simd, frame, band, run);
        for (i, &y) in band.first[..N].iter().enumerate() {
            coefficients.set(simd, &matte.coefficients, down[y], run.first.clone());
            rows.set_alpha::<_, N>(simd, i, coefficients, run.others.clone());
        }
        rows.set_mean_alpha::<_, N>(simd, run.others.clone());
        if !matches!(over, Over::Blur) {
            for (line, image) in means.iter_mut().zip([&matte.foreground, &matte.background]) {
                line.set(simd, image, means_down[band.second], run.others.clone());
            }
            rows.estimate::<_, N>(simd, means, run.others.clone());
        }
        if let Over::Opaque(light) = over
            && light.strength > 0.0
        {
            let (_, line, down) = lights;
            line.set(simd, light.map, down[band.second], run.others.clone());
            rows.wrap_others::<_, N>(simd, &means[0], line, light, frame.matrix(), run.others.clone());
            for (i, &y) in band.first[..N].iter().enumerate() {
                around.set(simd, &matte.foreground, around_down[y], run.first.clone());
                rows.wrap_first::<_, N>(simd, i, around, run.others.clone());
            }
        }
        match over {
            Over::Nothing(alpha) => rows.cut::<_, N>(simd, band, run, output, alpha),
            _ => rows.mix::<_, N>(simd, band, run, output),
        }
    }
}

fn light_tables(map: Size, second: Size) -> (Size, Line, Vec<Mix>) {
    (map, Line::new(map.width, second.width), axis(map.height, second.height))
}

/// Spreads four values over `N` samples each.
#[inline(always)]
fn spread<S: Simd, const N: usize>(values: f32x4<S>) -> [f32x4<S>; N] {
    let mut spread = [values; N];
    if N == 2 {
        (spread[0], spread[1]) = (values.zip_low(values), values.zip_high(values));
    }
    spread
}

/// The amount of light where the mean probability of a person is `person_around`: 1 at a straight edge, where that is one half,
/// and 0 well inside.
#[inline(always)]
fn light_amount<S: Simd>(person_around: f32x4<S>) -> f32x4<S> {
    clamp(person_around * -2.0 + 2.0, 0.0, 1.0)
}

/// The means of the `N` by `N` values over the samples from `x` on.
#[inline(always)]
fn mean<S: Simd, const N: usize>(simd: S, rows: &[Vec<f32>; 2], x: usize) -> f32x4<S> {
    if N == 1 {
        return quad(simd, &rows[0], x);
    }
    let [low, high] = map([2 * x, 2 * x + 4], |x| quad(simd, &rows[0], x) + quad(simd, &rows[1], x));
    (low.unzip_low(high) + low.unzip_high(high)) * 0.25
}

impl Rows {
    /// Takes the samples of the frame.
    #[inline(always)]
    fn load<S: Simd>(&mut self, simd: S, frame: &Planes, band: Band, run: &Run) {
        let load = |row: &[u8], columns: Range<usize>, levels: &mut [f32]| {
            for x in columns.step_by(STEP) {
                for (i, quad) in to_levels(load(simd, &row[x..])).into_iter().enumerate() {
                    quad.store_slice(&mut levels[x + 4 * i..][..4]);
                }
            }
        };
        for (levels, y) in self.first.iter_mut().zip(band.first) {
            load(frame.row(0, y), run.first.clone(), levels);
        }
        for (index, levels) in (1..).zip(&mut self.others) {
            load(frame.row(index, band.second), run.others.clone(), levels);
        }
    }

    /// Evaluates alpha in row `row` of the first plane, at the columns of the second plane's samples `columns`.
    #[inline(always)]
    fn set_alpha<S: Simd, const N: usize>(
        &mut self,
        simd: S,
        row: usize,
        coefficients: &Line,
        columns: Range<usize>,
    ) {
        for x in columns.step_by(4) {
            let [second, third] = map(self.others.each_ref(), |row| spread::<_, N>(quad(simd, row, x)));
            for (i, (second, third)) in second.into_iter().zip(third).enumerate() {
                let x = N * x + 4 * i;
                let color = [quad(simd, &self.first[row], x), second, third];
                let alpha = to_alpha(probability(coefficients.at(simd, x), color));
                alpha.store_slice(&mut self.alpha[row][x..x + 4]);
            }
        }
    }

    #[inline(always)]
    fn set_mean_alpha<S: Simd, const N: usize>(&mut self, simd: S, columns: Range<usize>) {
        for x in columns.step_by(4) {
            mean::<_, N>(simd, &self.alpha, x).store_slice(&mut self.mean_alpha[x..x + 4]);
        }
    }

    /// Replaces the frame's samples by those of the foreground, which some of the old background covers.
    ///
    /// Source: Forte, "Approximate Fast Foreground Color Estimation", 2021.
    #[inline(always)]
    fn estimate<S: Simd, const N: usize>(&mut self, simd: S, means: &[Line; 2], columns: Range<usize>) {
        let estimate = |row: &mut [f32], alpha: f32x4<S>, foreground: f32x4<S>, background: f32x4<S>| {
            let expected = (foreground - background).mul_add(alpha, background);
            let color = quad(simd, row, 0) - expected;
            clamp(color.mul_add(alpha, foreground), 0.0, 255.0).store_slice(&mut row[..4]);
        };
        for x in columns.step_by(4) {
            let [foreground, background] = map(means.each_ref(), |line| line.at(simd, x));
            for (i, row) in self.others.iter_mut().enumerate() {
                let alpha = quad(simd, &self.mean_alpha, x);
                estimate(&mut row[x..], alpha, foreground[i + 1], background[i + 1]);
            }
            let [foreground, background] = map([foreground[0], background[0]], spread::<_, N>);
            for (row, alpha) in self.first.iter_mut().zip(&self.alpha).take(N) {
                for (i, (foreground, background)) in foreground.into_iter().zip(background).enumerate() {
                    let x = N * x + 4 * i;
                    estimate(&mut row[x..], quad(simd, alpha, x), foreground, background);
                }
            }
        }
    }

    /// Adds the background's light to the foreground: `c + a (1 - c)` for each channel of RGB, where `a` is the amount of
    /// light. It comes in from the person's edge. Begins with the second and third plane.
    ///
    /// The samples are linear functions of RGB, and so is their change.
    #[inline(always)]
    fn wrap_others<S: Simd, const N: usize>(
        &mut self,
        simd: S,
        foreground: &Line,
        line: &Line,
        light: &Light<'_>,
        matrix: ColorMatrix,
        columns: Range<usize>,
    ) {
        let (to_rgb, to_levels) = (matrix.rgb_from_levels(), matrix.levels_from_rgb());
        for x in columns.step_by(4) {
            let first = mean::<_, N>(simd, &self.first, x);
            let [second, third] = self.others.each_ref().map(|row| quad(simd, row, x));
            let [r, g, b, _] = line.at(simd, x).map(|channel| channel * (light.strength * light.gain));
            let amounts = [r, g, b];
            let mut changes = amounts;
            for (change, row) in changes.iter_mut().zip(to_rgb) {
                *change *= 1.0 - clamp(linear(row, [first, second, third]), 0.0, 1.0);
            }
            let [change, others @ ..] =
                to_levels.map(|[x, y, z, _]| changes[0] * x + changes[1] * y + changes[2] * z);
            let [.., person_around] = foreground.at(simd, x);
            let amount = light_amount(person_around);
            for (row, (level, change)) in self.others.iter_mut().zip([second, third].into_iter().zip(others))
            {
                change.mul_add(amount, level).store_slice(&mut row[x..x + 4]);
            }
            let mut slope = f32x4::splat(simd, 0.0);
            for (c, amount) in amounts.into_iter().enumerate() {
                slope += amount * (to_levels[0][c] * to_rgb[c][0]);
            }
            for (row, value) in self.lit.iter_mut().zip([first, change, slope]) {
                value.store_slice(&mut row[x..x + 4]);
            }
        }
    }

    /// Adds the light to row `row` of the first plane, at the columns of the second plane's samples `columns`.
    #[inline(always)]
    fn wrap_first<S: Simd, const N: usize>(
        &mut self,
        simd: S,
        row: usize,
        around: &Line,
        columns: Range<usize>,
    ) {
        for x in columns.step_by(4) {
            let [first, change, slope] = self.lit.each_ref().map(|row| spread::<_, N>(quad(simd, row, x)));
            for i in 0..N {
                let x = N * x + 4 * i;
                let levels = &mut self.first[row][x..x + 4];
                let level = quad(simd, levels, 0);
                let [.., person_around] = around.at(simd, x);
                let change = change[i] - slope[i] * (level - first[i]);
                change.mul_add(light_amount(person_around), level).store_slice(levels);
            }
        }
    }

    /// Mixes the foreground and the background in the output.
    #[inline(always)]
    fn mix<S: Simd, const N: usize>(&self, simd: S, band: Band, run: &Run, output: &mut Planes) {
        for (index, y, levels, alpha) in self.planes::<N>(band) {
            let row = output.row_mut(index, y);
            let columns = run.columns(index);
            for (x, target) in columns.clone().step_by(STEP).zip(row[columns].chunks_mut(STEP)) {
                let mut mixed = to_levels(load(simd, target));
                for (i, level) in mixed.iter_mut().enumerate() {
                    let x = x + 4 * i;
                    *level = (quad(simd, levels, x) - *level).mul_add(quad(simd, alpha, x), *level);
                }
                store(to_samples(mixed), target);
            }
        }
    }

    /// Writes the foreground and alpha.
    #[inline(always)]
    fn cut<S: Simd, const N: usize>(
        &self,
        simd: S,
        band: Band,
        run: &Run,
        output: &mut Planes,
        alpha_plane: &mut [u8],
    ) {
        let black = output.matrix().from_rgb.map(|row| row[3] * 255.0);
        let width = output.size().width as usize;
        for (index, y, levels, alpha) in self.planes::<N>(band) {
            let columns = run.columns(index);
            let quads = |row: &[f32], x: usize| map([0, 4, 8, 12], |i| quad(simd, row, x + i));
            let row = output.row_mut(index, y);
            for (x, target) in columns.clone().step_by(STEP).zip(row[columns.clone()].chunks_mut(STEP)) {
                let (mut levels, alpha) = (quads(levels, x), quads(alpha, x));
                for (level, alpha) in levels.iter_mut().zip(alpha) {
                    // With straight alpha the room's colors would stay in the image, under full transparency.
                    let transparent = (alpha * 255.0).simd_le(0.5);
                    *level = transparent.select(f32x4::splat(simd, black[index]), *level);
                }
                store(to_samples(levels), target);
            }
            if index == 0 {
                let row = &mut alpha_plane[y * width..][columns.clone()];
                for (x, target) in columns.step_by(STEP).zip(row.chunks_mut(STEP)) {
                    store(to_samples(map(quads(alpha, x), |alpha| alpha * 255.0)), target);
                }
            }
        }
    }

    /// The rows of a band: the plane, the row in it, its levels and alpha.
    fn planes<const N: usize>(&self, band: Band) -> impl Iterator<Item = (usize, usize, &[f32], &[f32])> {
        let count = if band.first[0] == band.first[1] { 1 } else { N };
        let first = (0..count).map(move |i| (0, band.first[i], &self.first[i][..], &self.alpha[i][..]));
        let others = (0..2).map(move |i| (i + 1, band.second, &self.others[i][..], &self.mean_alpha[..]));
        first.chain(others)
    }
}
