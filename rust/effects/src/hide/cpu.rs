//! CPU twin of [`Compositor::encode_hidden`](crate::Compositor::encode_hidden).

use super::grid_size;
use crate::composite::cpu::Compositor;
use crate::planes::Planes;
use crate::resample::cpu::Resampler;
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

/// Blurs a frame beyond recognition, in the size of `output` and the sampling and matrix of both: reduces it to a grid, and
/// upsamples the grid with a cubic B-spline.
pub(crate) fn blur_beyond_recognition(frame: &Planes, resampler: &mut Resampler, output: &mut Planes) {
    let Size { width, height } = grid_size(frame.size());
    // Each plane has as many cells.
    let grids = [1, frame.sampling().step() as u32].map(|step| {
        let mut grid = Planes::default();
        let size = Size { width: width * step, height: height * step };
        resampler.resize(frame, size, &mut grid).expect("a grid has few pixels, and at least one");
        grid
    });
    for index in 0..3 {
        let grid = &grids[index.min(1)];
        let (source, target) = (grid.plane_size(index), output.plane_size(index));
        let (across, down) = (splines(source.width, target.width), splines(source.height, target.height));
        let mut narrowed = vec![0.0; source.width as usize];
        for (y, taps) in down.iter().enumerate() {
            narrowed.fill(0.0);
            for &(y, weight) in taps {
                for (sum, sample) in narrowed.iter_mut().zip(grid.row(index, y)) {
                    *sum += f32::from(*sample) * weight;
                }
            }
            for (target, taps) in output.row_mut(index, y).iter_mut().zip(&across) {
                *target = taps.iter().map(|&(x, weight)| narrowed[x] * weight).sum::<f32>().round() as u8;
            }
        }
    }
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
