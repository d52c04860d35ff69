use std::ops::Range;

use fearless_simd::{Simd, f32x4, prelude::*};

use crate::lanes;

/// The two source pixels that a linear filter mixes, and the weight of the second.
#[derive(Clone, Copy)]
pub(crate) struct Mix {
    pub first: usize,
    pub second: usize,
    pub fraction: f32,
}

/// Returns the taps of `target` evenly spaced samples on an axis of `source` pixels, clamped to the edge, as a sampler
/// takes them at the texture coordinates `(x + 0.5) / target`.
pub(crate) fn axis(source: u32, target: u32) -> Vec<Mix> {
    let last = source as usize - 1;
    let scale = f64::from(source) / f64::from(target);
    let mix = |x: u32| {
        let position = ((f64::from(x) + 0.5) * scale - 0.5).max(0.0);
        let first = (position as usize).min(last);
        Mix { first, second: (first + 1).min(last), fraction: (position - position.floor()) as f32 }
    };
    (0..target).map(mix).collect()
}

/// Samples `N` channels between four pixels: two in each of the rows of `down`.
pub(crate) fn sample<P: Copy, const N: usize>(
    pixels: &[P],
    width: usize,
    across: Mix,
    down: Mix,
    channels: impl Fn(P) -> [f32; N],
) -> [f32; N] {
    let row = |y: usize| {
        let first = channels(pixels[y * width + across.first]);
        let second = channels(pixels[y * width + across.second]);
        lerp(first, second, across.fraction)
    };
    lerp(row(down.first), row(down.second), down.fraction)
}

fn lerp<const N: usize>(first: [f32; N], second: [f32; N], fraction: f32) -> [f32; N] {
    std::array::from_fn(|i| first[i] + (second[i] - first[i]) * fraction)
}

/// One row of a small image with four channels, between two of its rows and upsampled across with a linear filter.
pub(crate) struct Line {
    /// The first pixel that each target pixel mixes, and the weight of the second. Padded: the last taps repeat.
    first: Vec<u32>,
    fraction: Vec<f32>,
    /// Each pixel of the row, and its difference to the next.
    pixels: Vec<[[f32; 4]; 2]>,
}

impl Line {
    /// Prepares the taps from `source` pixels to `target` pixels.
    pub fn new(source: u32, target: u32) -> Self {
        let mut taps = axis(source, target);
        taps.resize(lanes::padded(taps.len()), *taps.last().expect("no side is zero"));
        Self {
            first: taps.iter().map(|mix| mix.first as u32).collect(),
            fraction: taps.iter().map(|mix| mix.fraction).collect(),
            pixels: vec![[[0.0; 4]; 2]; source as usize],
        }
    }

    /// The source pixels that the target pixels `columns` mix.
    pub fn sources(&self, columns: Range<usize>) -> Range<usize> {
        let end = self.first[columns.end - 1] as usize + 2;
        self.first[columns.start] as usize..end.min(self.pixels.len())
    }

    /// Takes the row at `down` of `image`, as far as the target pixels `columns` need it.
    #[inline(always)]
    pub fn set<S: Simd>(&mut self, simd: S, image: &[[f32; 4]], down: Mix, columns: Range<usize>) {
        let Range { start, end } = self.sources(columns);
        let width = self.pixels.len();
        let row = |y: usize| &image[y * width..][start..end];
        let (first, second) = (row(down.first), row(down.second));
        let between = |i: usize| {
            let first = f32x4::load_array_ref(simd, &first[i]);
            (f32x4::load_array_ref(simd, &second[i]) - first)
                .mul_add(f32x4::splat(simd, down.fraction), first)
        };
        let mut pixel = between(0);
        for (i, pair) in self.pixels[start..end].iter_mut().enumerate() {
            let next = if start + i + 1 < end { between(i + 1) } else { pixel };
            *pair = [pixel.to_array(), (next - pixel).to_array()];
            pixel = next;
        }
    }

    /// Returns the four channels of four target pixels from `x` on.
    #[inline(always)]
    pub fn at<S: Simd>(&self, simd: S, x: usize) -> [f32x4<S>; 4] {
        let (first, fraction) = (&self.first[x..x + 4], &self.fraction[x..x + 4]);
        let mut mixed = [f32x4::splat(simd, 0.0); 4];
        for ((mixed, first), fraction) in mixed.iter_mut().zip(first).zip(fraction) {
            let [pixel, step] = &self.pixels[*first as usize];
            let pixel = f32x4::load_array_ref(simd, pixel);
            *mixed = f32x4::load_array_ref(simd, step).mul_add(f32x4::splat(simd, *fraction), pixel);
        }
        lanes::transpose(mixed)
    }
}

#[cfg(test)]
mod test {
    use fearless_simd::{Level, dispatch};

    use super::*;

    #[test]
    fn a_line_has_the_samples_of_the_filter() {
        for (source, target) in
            [([1, 1], [1, 1]), ([5, 3], [37, 20]), ([40, 30], [17, 9]), ([16, 16], [16, 16])]
        {
            let value = |i: u32| std::array::from_fn(|channel| (i * 7 % 31 * (channel as u32 + 1)) as f32);
            let image: Vec<[f32; 4]> = (0..source[0] * source[1]).map(value).collect();
            let (across, down) = (axis(source[0], target[0]), axis(source[1], target[1]));
            let mut line = Line::new(source[0], target[0]);
            for down in down {
                let found: Vec<[[f32; 4]; 4]> = dispatch!(Level::new(), simd => {
                    line.set(simd, &image, down, 0..target[0] as usize);
                    (0..target[0] as usize).step_by(4).map(|x| line.at(simd, x).map(|channel| channel.to_array())).collect()
                });
                for (x, across) in across.iter().enumerate() {
                    let expected = sample(&image, source[0] as usize, *across, down, |pixel| pixel);
                    for (channel, expected) in expected.into_iter().enumerate() {
                        let found = found[x / 4][channel][x % 4];
                        assert!(
                            (found - expected).abs() < 1e-3,
                            "{source:?} {target:?} {x}: {found} {expected}"
                        );
                    }
                }
            }
        }
    }
}
