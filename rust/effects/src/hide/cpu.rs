//! CPU twin of [`Compositor::encode_hidden`](crate::Compositor::encode_hidden).

use super::grid_size;
use crate::background::Fit;
use crate::composite::cpu::Compositor;
use crate::planes::Planes;
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
    let mut compositor = Compositor::new();
    compositor.set_background(background)?;
    let (mut shown, mut alpha) = (Planes::default(), Vec::new());
    compositor.hide(frame.map(Planes::from_image).as_ref(), output, &mut shown, &mut alpha)?;
    Ok(shown.to_image(&alpha))
}

/// Blurs a frame beyond recognition, in the size, sampling and matrix of `output`: reduces it to a grid, and upsamples the
/// grid with a cubic B-spline.
pub(crate) fn blur_beyond_recognition(frame: &Planes, output: &mut Planes) {
    let size = grid_size(frame.size());
    let grid = resample(&frame.to_image(&[]), Fit::Fill.place(frame.size(), size), size);
    let width = size.width as usize;
    let mut narrowed = vec![0.0; width];
    for (index, row) in output.matrix().levels_from_rgb().into_iter().enumerate() {
        let samples: Vec<f32> = grid.pixels().as_chunks().0.iter().map(|pixel| level(row, *pixel)).collect();
        let plane = output.plane_size(index);
        let (across, down) = (splines(size.width, plane.width), splines(size.height, plane.height));
        for (y, taps) in down.iter().enumerate() {
            narrowed.fill(0.0);
            for &(i, weight) in taps {
                for (sum, sample) in narrowed.iter_mut().zip(&samples[i * width..]) {
                    *sum += sample * weight;
                }
            }
            for (target, taps) in output.row_mut(index, y).iter_mut().zip(&across) {
                *target = taps.iter().map(|&(i, weight)| narrowed[i] * weight).sum::<f32>().round() as u8;
            }
        }
    }
}

/// The sample of an RGBA pixel, as a level from 0 to 255.
fn level([x, y, z, offset]: [f32; 4], [r, g, b, _]: [u8; 4]) -> f32 {
    let [r, g, b] = [r, g, b].map(|level| f32::from(level) / 255.0);
    x * r + y * g + z * b + offset
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
