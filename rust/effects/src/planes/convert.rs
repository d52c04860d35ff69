//! Conversions between planes and interleaved pixels.

use super::{ColorMatrix, Planes, Sampling};
use crate::image::to_unorm8;
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
        for (y, row) in pixels.as_chunks_mut::<4>().0.chunks_exact_mut(width).enumerate() {
            let [first, second, third] = [(0, y), (1, y / step), (2, y / step)].map(|(i, y)| self.row(i, y));
            for (x, pixel) in row.iter_mut().enumerate() {
                let samples = [first[x], second[x / step], third[x / step]];
                let [r, g, b] =
                    self.matrix.to_rgb(samples.map(|level| f32::from(level) / 255.0)).map(to_unorm8);
                *pixel = [r, g, b, alpha.map_or(u8::MAX, |alpha| alpha[y * width + x])];
            }
        }
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
        let (from, to) = (self.sampling.step(), sampling.step());
        let rgb = self.matrix.rgb_from_levels();
        let rows = matrix.levels_from_rgb().map(|row| {
            let weight = |i: usize| row[0] * rgb[0][i] + row[1] * rgb[1][i] + row[2] * rgb[2][i];
            [weight(0), weight(1), weight(2), weight(3) + row[3]]
        });
        let [width, height] = [self.size.width, self.size.height].map(|side| side as usize);
        let sample = |index: usize, x: usize, y: usize| {
            let step = if index == 0 { 1 } else { from };
            f32::from(self.row(index, y.min(height - 1) / step)[x.min(width - 1) / step])
        };
        for (index, [a, b, c, offset]) in rows.into_iter().enumerate() {
            let step = if index == 0 { 1 } else { to };
            let size = into.plane_size(index);
            for y in 0..size.height as usize {
                let target = into.row_mut(index, y);
                for (x, target) in target.iter_mut().enumerate() {
                    // The mean of the pixels that share the sample.
                    let mean = |index: usize| {
                        let pixels =
                            (0..step * step).map(|i| sample(index, x * step + i % step, y * step + i / step));
                        pixels.sum::<f32>() / (step * step) as f32
                    };
                    *target = (a * mean(0) + b * mean(1) + c * mean(2) + offset).round() as u8;
                }
            }
        }
    }
}

fn check_length(size: Size, format: &'static str, expected: usize, bytes: &[u8]) -> Result<(), EffectError> {
    size.check("frame", Size::MAX_SIDE)?;
    let found = bytes.len();
    if found == expected { Ok(()) } else { Err(EffectError::PixelCount { size, format, expected, found }) }
}
