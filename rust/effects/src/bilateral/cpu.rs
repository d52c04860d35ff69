//! CPU twin of the stage `bilateral`.

use super::{COLOR_DEVIATION, DEVIATION, RADIUS, working_size};
use crate::Size;
use crate::bilinear::{axis, sample};
use crate::matte::cpu::Matte;
use crate::planes::Planes;

/// Writes the coefficients of a matte, from RGB and the probability of a person.
pub(crate) fn upsample(pixels: &[[f32; 4]], mask: Size, frame: &Planes, matte: &mut Matte) {
    let size = working_size(frame.size());
    let axes: [_; 3] = std::array::from_fn(|i| {
        let plane = frame.plane_size(i);
        (axis(plane.width, size.width), axis(plane.height, size.height))
    });
    let to_rgb = frame.matrix().rgb_from_levels();
    let color = |x: usize, y: usize| {
        let [a, b, c]: [f32; 3] = std::array::from_fn(|i| {
            let (width, (across, down)) = (frame.plane_size(i).width as usize, &axes[i]);
            sample(frame.plane(i), width, across[x], down[y], |level| [f32::from(level)])[0]
        });
        to_rgb.map(|[x, y, z, offset]| x * a + y * b + z * c + offset)
    };
    let mask_pixel = |x: i64, y: i64| {
        let (x, y) = (x.clamp(0, i64::from(mask.width) - 1), y.clamp(0, i64::from(mask.height) - 1));
        pixels[y as usize * mask.width as usize + x as usize]
    };
    let radius = RADIUS as i64;
    let position = |i: usize, length: u32, mask: u32| (i as f32 + 0.5) / length as f32 * mask as f32 - 0.5;

    let width = size.width as usize;
    let probabilities = (0..size.pixels()).map(|i| {
        let (x, y) = (i % width, i / width);
        let (mask_x, mask_y) = (position(x, size.width, mask.width), position(y, size.height, mask.height));
        let color = color(x, y);
        let (nearest_x, nearest_y) = ((mask_x + 0.5).floor() as i64, (mask_y + 0.5).floor() as i64);
        let (mut sum, mut total) = (0.0, 0.0);
        for y in nearest_y - radius..=nearest_y + radius {
            for x in nearest_x - radius..=nearest_x + radius {
                let pixel = mask_pixel(x, y);
                let distance = (x as f32 - mask_x).powi(2) + (y as f32 - mask_y).powi(2);
                let change: f32 = (0..3).map(|c| (pixel[c] - color[c]).powi(2)).sum();
                let weight = (-0.5 * (distance / DEVIATION.powi(2) + change / COLOR_DEVIATION.powi(2))).exp();
                sum += weight * pixel[3];
                total += weight;
            }
        }
        // A color unlike all around it has almost no weights: the model's value stays.
        if total > 1e-6 { sum / total } else { mask_pixel(nearest_x, nearest_y)[3] }
    });
    matte.set_coefficients(size, probabilities);
}
