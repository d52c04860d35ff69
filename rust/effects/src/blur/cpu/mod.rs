//! CPU twin of the stage `blur`.

mod reduce;
mod upsample;

use std::ops::Range;

use fearless_simd::{Level, Simd, dispatch, f32x4, prelude::*};

use super::gaussian::{REACH, Reduction, gaussian};
use super::{NEAR, PRIOR};
use crate::Size;
use crate::bilinear::{Line, Mix, axis};
use crate::lanes::{linear, map, padded, transpose};
use crate::matte::samples::SampleMatte;
use crate::planes::{ColorMatrix, Planes, Sampling};
use reduce::Reduce;
use upsample::Upsample;

/// The blurred background of one frame after another, at reduced size, upsampled row by row.
#[derive(Default)]
pub(crate) struct Blur(Option<(Sizes, Stages)>);

/// What the tables depend on.
#[derive(Clone, Copy, PartialEq)]
struct Sizes {
    frame: Size,
    sampling: Sampling,
    radius: f32,
    /// Width and height of the coefficients and of the mean colors.
    matte: [[usize; 2]; 2],
}

struct Stages {
    size: Size,
    reduce: Reduce,
    /// The center and one side of the kernel, across and down.
    kernels: [[f32; REACH + 1]; 2],
    /// Weighted squares of RGB and the weight of a reduced row, with [`REACH`] pixels on both sides.
    row: Vec<[f32; 4]>,
    /// The rows, blurred across.
    across: Vec<[f32; 4]>,
    /// The mean colors at the reduced size, and their taps down.
    means: (Line, Vec<Mix>),
    /// The levels of the blurred samples. Rows are padded.
    blurred: [Vec<f32>; 3],
    /// For the first plane, and for the others.
    upsample: [Upsample; 2],
}

impl Blur {
    /// Blurs the background of `frame`. `radius` is that of [`Background::Blur`](crate::Background::Blur).
    pub fn update(&mut self, frame: &Planes, matte: &SampleMatte, radius: f32) {
        let sizes = Sizes {
            frame: frame.size(),
            sampling: frame.sampling(),
            radius,
            matte: [matte.size, matte.mask],
        };
        if self.0.as_ref().is_none_or(|(made_for, _)| *made_for != sizes) {
            self.0 = Some((sizes, Stages::new(frame, matte, radius)));
        }
        self.stages().update(frame, matte);
    }

    /// Begins row `y` of plane `index`.
    pub fn begin_row(&mut self, index: usize, y: usize) {
        let Stages { blurred, upsample, .. } = self.stages();
        upsample[index.min(1)].begin_row(&blurred[index], y);
    }

    /// Writes the samples `columns` of that row. They start at a multiple of 8.
    pub fn fill(&self, index: usize, columns: Range<usize>, target: &mut [u8]) {
        let (_, stages) = self.0.as_ref().expect("`update` comes first");
        stages.upsample[index.min(1)].fill(columns, target);
    }

    fn stages(&mut self) -> &mut Stages {
        &mut self.0.as_mut().expect("`update` comes first").1
    }
}

impl Stages {
    fn new(frame: &Planes, matte: &SampleMatte, radius: f32) -> Self {
        let reduction = Reduction::new(frame.size(), radius);
        let Reduction { size, taps, deviation: [across, down] } = reduction;
        let width = size.width as usize;
        // The reduction adds up all samples of a pixel.
        let scale = ((taps * taps) as f32).recip();
        let stride = padded(width);
        let [mask_width, mask_height] = matte.mask.map(|side| side as u32);
        Self {
            size,
            reduce: Reduce::new(frame, matte, reduction),
            kernels: [gaussian(across).map(|weight| weight * scale), gaussian(down)],
            row: vec![[0.0; 4]; padded(width) + 2 * REACH],
            across: vec![[0.0; 4]; stride * size.height as usize],
            means: (Line::new(mask_width, size.width), axis(mask_height, size.height)),
            blurred: std::array::from_fn(|_| vec![0.0; stride * size.height as usize]),
            upsample: [0, 1].map(|index| Upsample::new(size, frame.plane_size(index))),
        }
    }

    fn update(&mut self, frame: &Planes, matte: &SampleMatte) {
        dispatch!(Level::new(), simd => {
            self.blur_across(simd, frame, matte);
            self.blur_down(simd, matte, frame.matrix());
        });
    }

    #[inline(always)]
    fn blur_across<S: Simd>(&mut self, simd: S, frame: &Planes, matte: &SampleMatte) {
        let Self { size, reduce, kernels: [kernel, _], row, across, .. } = self;
        let (width, stride) = (size.width as usize, padded(size.width as usize));
        reduce.begin(matte);
        for (y, blurred) in across.chunks_exact_mut(stride).enumerate() {
            row.fill([0.0; 4]);
            reduce.row(simd, frame, matte, y, &mut row[REACH..]);
            let (first, last) = (row[REACH], row[REACH + width - 1]);
            row[..REACH].fill(first);
            row[REACH + width..].fill(last);

            let kernel = Kernel::new(simd, kernel);
            for (x, pixel) in blurred[..width].iter_mut().enumerate() {
                let around: &[_; 2 * REACH + 1] = row[x..].first_chunk().expect("pixels on both sides");
                let (before, rest) = around.split_at(REACH);
                let load = |pixel: &[f32; 4]| f32x4::load_array_ref(simd, pixel);
                let mut sum = load(&rest[0]) * kernel.center;
                for ((before, after), weight) in before.iter().rev().zip(&rest[1..]).zip(kernel.side()) {
                    sum = (load(before) + load(after)).mul_add(*weight, sum);
                }
                sum.store_array(pixel);
            }
        }
    }

    #[inline(always)]
    fn blur_down<S: Simd>(&mut self, simd: S, matte: &SampleMatte, matrix: ColorMatrix) {
        let Self { size, kernels: [_, kernel], across, means: (means, means_down), blurred, .. } = self;
        let (width, height) = (size.width as usize, size.height as usize);
        let stride = padded(width);
        let kernel = Kernel::new(simd, kernel);
        for (y, &down) in means_down.iter().enumerate() {
            means.set(simd, &matte.background, down, 0..width);
            let quads = |y: usize| across[y * stride..][..stride].as_chunks::<4>().0;
            let load = |pixel: &[f32; 4]| f32x4::load_array_ref(simd, pixel);
            for x in (0..width).step_by(4) {
                let mut pixels = [f32x4::splat(simd, 0.0); 4];
                for (sum, pixel) in pixels.iter_mut().zip(&quads(y)[x / 4]) {
                    *sum = load(pixel) * kernel.center;
                }
                for (distance, weight) in (1..).zip(kernel.side()) {
                    let before = &quads(y.saturating_sub(distance))[x / 4];
                    let after = &quads((y + distance).min(height - 1))[x / 4];
                    for (sum, (before, after)) in pixels.iter_mut().zip(before.iter().zip(after)) {
                        *sum = (load(before) + load(after)).mul_add(*weight, *sum);
                    }
                }
                let color = normalize(simd, transpose(pixels), means.at(simd, x), matrix);
                for (blurred, row) in blurred.iter_mut().zip(matrix.levels_from_rgb()) {
                    linear(row, color).store_slice(&mut blurred[y * stride + x..][..4]);
                }
            }
        }
    }
}

/// A Gaussian kernel as vectors.
struct Kernel<S: Simd> {
    center: f32x4<S>,
    side: [f32x4<S>; REACH],
    /// Pixels on each side with a weight.
    reach: usize,
}

impl<S: Simd> Kernel<S> {
    #[inline(always)]
    fn new(simd: S, &[center, ref side @ ..]: &[f32; REACH + 1]) -> Self {
        Self {
            center: f32x4::splat(simd, center),
            side: side.map(|weight| f32x4::splat(simd, weight)),
            reach: side.iter().take_while(|weight| **weight > 0.0).count(),
        }
    }

    /// The weights on one side.
    #[inline(always)]
    fn side(&self) -> &[f32x4<S>] {
        &self.side[..self.reach]
    }
}

/// Divides four sums by their weights and takes the root: RGB in `[0, 1]`. Inside of the person, far from the background, the
/// local mean counts too. It is visible only through soft edges.
#[inline(always)]
fn normalize<S: Simd>(
    simd: S,
    [mut r, mut g, mut b, mut weight]: [f32x4<S>; 4],
    [x, y, z, _]: [f32x4<S>; 4],
    matrix: ColorMatrix,
) -> [f32x4<S>; 3] {
    let near = weight.simd_lt(NEAR);
    if near.any_true() {
        let prior = near.select(f32x4::splat(simd, PRIOR), f32x4::splat(simd, 0.0));
        let [red, green, blue] = map(matrix.rgb_from_levels(), |row| linear(row, [x, y, z]));
        (r, g, b) = (r + red * red * prior, g + green * green * prior, b + blue * blue * prior);
        weight += prior;
    }
    let scale = f32x4::splat(simd, 1.0) / weight;
    map([r, g, b], |sum| (sum * scale).sqrt())
}

/// Returns the blurred background at reduced size, as the GPU's pass does.
#[cfg(all(test, feature = "wgpu"))]
pub(crate) fn blur(frame: &crate::Image, matte: &crate::matte::cpu::Matte, radius: f32) -> crate::Image {
    let (frame, mut samples, mut blur) = (Planes::from_image(frame), SampleMatte::default(), Blur::default());
    samples.set(matte, frame.matrix());
    blur.update(&frame, &samples, radius);
    let Stages { size, blurred, .. } = blur.stages();
    crate::Image::from_rows(*size, |y, row| {
        for (x, pixel) in row.iter_mut().enumerate() {
            let level = |c: usize| blurred[c][y * padded(size.width as usize) + x].round() as u8;
            *pixel = [level(0), level(1), level(2), u8::MAX];
        }
    })
}
