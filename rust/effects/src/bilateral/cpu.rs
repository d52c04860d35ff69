//! CPU twin of the stage `bilateral`.

use super::working_size;
use crate::bilinear::{axis, sample};
use crate::{Picture, Size};

/// Pixels of the mask to each side of the nearest that count.
const RADIUS: i64 = 2;
/// Standard deviation of the weight of a difference of colour, of 1.
const COLOR_DEVIATION: f32 = 0.1;
/// Standard deviation of the weight of a distance, in pixels of the mask.
const DEVIATION: f32 = 1.5;

/// The coefficients of a [`Matte`](crate::matte::cpu::Matte) and their size, from RGB and the probability of a person.
pub(crate) fn upsample(pixels: &[[f32; 4]], mask: Size, frame: &Picture) -> (Size, Vec<[f32; 4]>) {
    let size = working_size(frame.size());
    let (across, down) = (axis(frame.size().width, size.width), axis(frame.size().height, size.height));
    let (frame_width, colors) = (frame.size().width as usize, frame.pixels().as_chunks().0);
    let mask_pixel = |x: i64, y: i64| {
        let (x, y) = (x.clamp(0, i64::from(mask.width) - 1), y.clamp(0, i64::from(mask.height) - 1));
        pixels[y as usize * mask.width as usize + x as usize]
    };
    let place = |i: usize, length: u32, mask: u32| (i as f32 + 0.5) / length as f32 * mask as f32 - 0.5;

    let mut coefficients = Vec::with_capacity(size.pixels());
    for (y, &down) in down.iter().enumerate() {
        let place_y = place(y, size.height, mask.height);
        for (x, &across) in across.iter().enumerate() {
            let place_x = place(x, size.width, mask.width);
            let color = |[r, g, b, _]: [u8; 4]| [r, g, b].map(|level| f32::from(level) / 255.0);
            let color = sample(colors, frame_width, across, down, color);
            let (nearest_x, nearest_y) = ((place_x + 0.5).floor() as i64, (place_y + 0.5).floor() as i64);
            let (mut person, mut total) = (0.0, 0.0);
            for y in nearest_y - RADIUS..=nearest_y + RADIUS {
                for x in nearest_x - RADIUS..=nearest_x + RADIUS {
                    let pixel = mask_pixel(x, y);
                    let apart = (x as f32 - place_x).powi(2) + (y as f32 - place_y).powi(2);
                    let change: f32 = (0..3).map(|c| (pixel[c] - color[c]).powi(2)).sum();
                    let weight =
                        (-0.5 * (apart / DEVIATION.powi(2) + change / COLOR_DEVIATION.powi(2))).exp();
                    person += weight * pixel[3];
                    total += weight;
                }
            }
            // A colour like none around it has no weights to speak of: then it is what it is to the network.
            let mean = if total > 1e-6 { person / total } else { mask_pixel(nearest_x, nearest_y)[3] };
            coefficients.push([0.0, 0.0, 0.0, mean]);
        }
    }
    (size, coefficients)
}
