//! CPU twin of the stage `bilateral`.

use super::{COLOR_DEVIATION, DEVIATION, RADIUS, working_size};
use crate::bilinear::{axis, sample};
use crate::{Image, Size};

/// Returns the coefficients of a [`Matte`](crate::matte::cpu::Matte) and their size, from RGB and the probability of a
/// person.
pub(crate) fn upsample(pixels: &[[f32; 4]], mask: Size, frame: &Image) -> (Size, Vec<[f32; 4]>) {
    let size = working_size(frame.size());
    let (across, down) = (axis(frame.size().width, size.width), axis(frame.size().height, size.height));
    let (frame_width, colors) = (frame.size().width as usize, frame.pixels().as_chunks().0);
    let mask_pixel = |x: i64, y: i64| {
        let (x, y) = (x.clamp(0, i64::from(mask.width) - 1), y.clamp(0, i64::from(mask.height) - 1));
        pixels[y as usize * mask.width as usize + x as usize]
    };
    let radius = RADIUS as i64;
    let position = |i: usize, length: u32, mask: u32| (i as f32 + 0.5) / length as f32 * mask as f32 - 0.5;

    let mut coefficients = Vec::with_capacity(size.pixels());
    for (y, &down) in down.iter().enumerate() {
        let mask_y = position(y, size.height, mask.height);
        for (x, &across) in across.iter().enumerate() {
            let mask_x = position(x, size.width, mask.width);
            let color = |[r, g, b, _]: [u8; 4]| [r, g, b].map(|level| f32::from(level) / 255.0);
            let color = sample(colors, frame_width, across, down, color);
            let (nearest_x, nearest_y) = ((mask_x + 0.5).floor() as i64, (mask_y + 0.5).floor() as i64);
            let (mut sum, mut total) = (0.0, 0.0);
            for y in nearest_y - radius..=nearest_y + radius {
                for x in nearest_x - radius..=nearest_x + radius {
                    let pixel = mask_pixel(x, y);
                    let distance = (x as f32 - mask_x).powi(2) + (y as f32 - mask_y).powi(2);
                    let change: f32 = (0..3).map(|c| (pixel[c] - color[c]).powi(2)).sum();
                    let weight =
                        (-0.5 * (distance / DEVIATION.powi(2) + change / COLOR_DEVIATION.powi(2))).exp();
                    sum += weight * pixel[3];
                    total += weight;
                }
            }
            // A color unlike all around it has almost no weights: the model's value stays.
            let mean = if total > 1e-6 { sum / total } else { mask_pixel(nearest_x, nearest_y)[3] };
            coefficients.push([0.0, 0.0, 0.0, mean]);
        }
    }
    (size, coefficients)
}
