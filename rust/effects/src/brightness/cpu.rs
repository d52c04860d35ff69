//! CPU twin of the stage `brightness`.

use super::{GRID, LUMA, RANGE};
use crate::Image;
use crate::bilinear::{axis, sample};
use crate::matte::cpu::Matte;

/// Returns the gain of a background image, from its light map.
pub(crate) fn gain(matte: &Matte, light_map: &Image) -> f32 {
    let axes = |width, height| (axis(width, GRID[0]), axis(height, GRID[1]));
    let (mask_across, mask_down) = axes(matte.mask.width, matte.mask.height);
    let (light_across, light_down) = axes(light_map.size().width, light_map.size().height);
    let (mask_width, light_width) = (matte.mask.width as usize, light_map.size().width as usize);
    let luma = |[r, g, b]: [f32; 3]| LUMA[0] * r + LUMA[1] * g + LUMA[2] * b;
    let (mut room, mut image) = (0.0, 0.0);
    for y in 0..GRID[1] as usize {
        for x in 0..GRID[0] as usize {
            let [r, g, b, probability] =
                sample(&matte.foreground, mask_width, mask_across[x], mask_down[y], |pixel| pixel);
            let background =
                sample(&matte.background, mask_width, mask_across[x], mask_down[y], |pixel| pixel);
            room += luma([r, g, b]) * probability + luma(background) * (1.0 - probability);
            let color = |[r, g, b, _]: [u8; 4]| [r, g, b].map(|level| f32::from(level) / 255.0);
            let pixels = light_map.pixels().as_chunks().0;
            image += luma(sample(pixels, light_width, light_across[x], light_down[y], color));
        }
    }
    (room / f32::max(image, 1e-3)).clamp(RANGE[0], RANGE[1])
}
