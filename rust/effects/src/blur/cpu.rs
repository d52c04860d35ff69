//! CPU twin of the stage `blur`.

use super::gaussian::{REACH, Reduction, gaussian};
use super::{NEAR, PRIOR};
use crate::bilinear::{axis, sample};
use crate::image::to_unorm8;
use crate::matte::cpu::{Matte, to_alpha};
use crate::{Image, Size};

/// Returns the blurred background at reduced size. `radius` is that of [`Background::Blur`](crate::Background::Blur).
pub(crate) fn blur(frame: &Image, matte: &Matte, radius: f32) -> Image {
    let reduction = Reduction::new(frame.size(), radius);
    let Reduction { size, deviation: [across, down], .. } = reduction;
    let width = size.width as usize;
    let pixels = reduce(frame, matte, reduction);
    let pixels = blur_rows(&pixels, width, &gaussian(across));
    let pixels = blur_columns(&pixels, size, &gaussian(down));
    let (mean_across, mean_down) = (axis(matte.mask.width, size.width), axis(matte.mask.height, size.height));
    Image::from_rows(size, |y, row| {
        for (x, (target, &pixel)) in row.iter_mut().zip(&pixels[y * width..]).enumerate() {
            let mask_width = matte.mask.width as usize;
            let mean = sample(&matte.background, mask_width, mean_across[x], mean_down[y], |pixel| pixel);
            let [r, g, b] = normalize(pixel, mean).map(to_unorm8);
            *target = [r, g, b, u8::MAX];
        }
    })
}

/// Divides by the weight and takes the root. Inside of the person, far from the background, the local mean counts too. It
/// is visible only through soft edges.
fn normalize([r, g, b, weight]: [f32; 4], mean: [f32; 3]) -> [f32; 3] {
    let prior = if weight < NEAR { PRIOR } else { 0.0 };
    let color = [r, g, b];
    std::array::from_fn(|c| ((color[c] + prior * mean[c] * mean[c]) / (weight + prior)).sqrt())
}

/// Reduces the frame: returns the mean of the squares of RGB in `[0, 1]` times the weight, and the mean weight.
fn reduce(frame: &Image, matte: &Matte, Reduction { size, taps, .. }: Reduction) -> Vec<[f32; 4]> {
    let (frame_width, frame_pixels) = (frame.size().width as usize, frame.pixels().as_chunks().0);
    let frame_across = axis(frame.size().width, size.width * taps);
    let frame_down = axis(frame.size().height, size.height * taps);
    let matte_across = axis(matte.size.width, size.width * taps);
    let matte_down = axis(matte.size.height, size.height * taps);
    let colors_across = axis(matte.mask.width, size.width * taps);
    let colors_down = axis(matte.mask.height, size.height * taps);

    let mut reduced = vec![[0.0; 4]; size.pixels()];
    let scale = ((taps * taps) as f32).recip();
    let taps = taps as usize;
    for (y, ((&frame_y, &matte_y), &colors_y)) in
        frame_down.iter().zip(&matte_down).zip(&colors_down).enumerate()
    {
        let row = &mut reduced[y / taps * size.width as usize..];
        for (x, (&frame_x, &matte_x)) in frame_across.iter().zip(&matte_across).enumerate() {
            let color = |[r, g, b, _]: [u8; 4]| [r, g, b].map(|level| f32::from(level) / 255.0);
            let [r, g, b] = sample(frame_pixels, frame_width, frame_x, frame_y, color);
            let probability = matte.probability(matte_x, matte_y, [r, g, b]);
            let alpha = to_alpha(probability);
            let mut color = [r, g, b];
            if probability > 0.0 {
                // The person's soft edge would leak its colors into the background: the local mean replaces them.
                let width = matte.mask.width as usize;
                let mean = sample(&matte.background, width, colors_across[x], colors_y, |pixel| pixel);
                let fraction = (4.0 * probability).min(1.0);
                color = std::array::from_fn(|c| color[c] + (mean[c] - color[c]) * fraction);
            }
            let [r, g, b] = color.map(|channel| channel * channel);
            add_scaled(&mut row[x / taps], [r, g, b, 1.0], scale * (1.0 - alpha).powi(3));
        }
    }
    reduced
}

fn blur_rows(pixels: &[[f32; 4]], width: usize, kernel: &[f32; REACH + 1]) -> Vec<[f32; 4]> {
    let mut blurred = vec![[0.0; 4]; pixels.len()];
    for (source, target) in pixels.chunks_exact(width).zip(blurred.chunks_exact_mut(width)) {
        for (x, sum) in target.iter_mut().enumerate() {
            add_scaled(sum, source[x], kernel[0]);
            for (distance, &weight) in kernel.iter().enumerate().skip(1) {
                add_scaled(sum, source[x.saturating_sub(distance)], weight);
                add_scaled(sum, source[(x + distance).min(width - 1)], weight);
            }
        }
    }
    blurred
}

fn blur_columns(pixels: &[[f32; 4]], size: Size, kernel: &[f32; REACH + 1]) -> Vec<[f32; 4]> {
    let (width, height) = (size.width as usize, size.height as usize);
    let mut blurred = vec![[0.0; 4]; pixels.len()];
    for (y, target) in blurred.chunks_exact_mut(width).enumerate() {
        let mut add_row = |y: usize, weight: f32| {
            for (sum, pixel) in target.iter_mut().zip(&pixels[y * width..]) {
                add_scaled(sum, *pixel, weight);
            }
        };
        add_row(y, kernel[0]);
        for (distance, &weight) in kernel.iter().enumerate().skip(1) {
            add_row(y.saturating_sub(distance), weight);
            add_row((y + distance).min(height - 1), weight);
        }
    }
    blurred
}

fn add_scaled(sum: &mut [f32; 4], pixel: [f32; 4], weight: f32) {
    for (sum, channel) in sum.iter_mut().zip(pixel) {
        *sum += channel * weight;
    }
}
