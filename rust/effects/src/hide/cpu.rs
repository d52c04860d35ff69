//! CPU twin of [`Compositor::encode_hidden`](crate::Compositor::encode_hidden).

use super::grid_size;
use crate::background::Fit;
use crate::image::to_unorm8;
use crate::resample::cpu::resample;
use crate::{Background, EffectError, Image, Size};

/// Makes a placeholder frame, in which the camera's image is not recognizable.
///
/// For [`Background::Blur`] that is the whole of `frame`, blurred beyond recognition and stretched to `output`, or black
/// without a frame. For other backgrounds it is the background alone.
///
/// # Errors
/// A size out of range, and those of [`Background::check`].
pub fn hide(frame: Option<&Image>, output: Size, background: &Background) -> Result<Image, EffectError> {
    output.check("output", Size::MAX_SIDE)?;
    background.check()?;
    let fill = |color: [u8; 4]| Image::from_rows(output, |_, row| row.fill(color));
    Ok(match (background, frame) {
        (Background::Blur { .. }, None) => fill([0, 0, 0, u8::MAX]),
        (Background::Blur { .. }, Some(frame)) => {
            let grid = grid_size(frame.size());
            smooth_grid(&resample(frame, Fit::Fill.place(frame.size(), grid), grid), output)
        }
        (Background::Image { image, layout }, _) => {
            resample(&image.over_black(), layout.place(image.size(), output), output)
        }
        (&Background::Color([r, g, b]), _) => fill([r, g, b, u8::MAX]),
        (Background::Transparent, _) => fill([0; 4]),
    })
}

/// Upsamples the grid with a cubic B-spline.
fn smooth_grid(grid: &Image, output: Size) -> Image {
    let across = splines(grid.size().width, output.width);
    let down = splines(grid.size().height, output.height);
    let mut narrowed = vec![[0.0; 3]; grid.size().width as usize];
    Image::from_rows(output, |y, row| {
        narrowed.fill([0.0; 3]);
        for &(i, weight) in &down[y] {
            for (sum, pixel) in narrowed.iter_mut().zip(grid.row(i)) {
                for (sum, level) in sum.iter_mut().zip(pixel) {
                    *sum += f32::from(*level) / 255.0 * weight;
                }
            }
        }
        for (pixel, taps) in row.iter_mut().zip(&across) {
            let channel = |c: usize| taps.iter().map(|&(i, weight)| narrowed[i][c] * weight).sum();
            let [r, g, b] = std::array::from_fn(channel).map(to_unorm8);
            *pixel = [r, g, b, u8::MAX];
        }
    })
}

/// Returns for each of `target` pixels the four pixels of `source` that a uniform cubic B-spline mixes, and their weights.
fn splines(source: u32, target: u32) -> Vec<[(usize, f32); 4]> {
    let taps = |x: u32| {
        let position = (x as f32 + 0.5) / target as f32 * source as f32 - 0.5;
        let t = position - position.floor();
        let weights = [
            (1.0 - t).powi(3),
            3.0 * t.powi(3) - 6.0 * t.powi(2) + 4.0,
            -3.0 * t.powi(3) + 3.0 * t.powi(2) + 3.0 * t + 1.0,
            t.powi(3),
        ];
        std::array::from_fn(|i| {
            let index = position.floor() as i64 + i as i64 - 1;
            (index.clamp(0, i64::from(source) - 1) as usize, weights[i] / 6.0)
        })
    };
    (0..target).map(taps).collect()
}
