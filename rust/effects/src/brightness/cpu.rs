//! CPU twin of the stage `brightness`.

use crate::Picture;
use crate::bilinear::{axis, sample};
use crate::matte::cpu::Matte;

const GRID: [u32; 2] = [16, 9];
/// Weights of red, green and blue in the luma of ITU-R BT.709.
const LUMA: [f32; 3] = [0.2126, 0.7152, 0.0722];
const RANGE: [f32; 2] = [0.5, 2.0];

/// By how much a background picture is to be brightened, from the picture reduced to its light.
pub(crate) fn gain(matte: &Matte, glow: &Picture) -> f32 {
    let axes = |width, height| (axis(width, GRID[0]), axis(height, GRID[1]));
    let (mask_across, mask_down) = axes(matte.mask.width, matte.mask.height);
    let (glow_across, glow_down) = axes(glow.size().width, glow.size().height);
    let (mask_width, glow_width) = (matte.mask.width as usize, glow.size().width as usize);
    let luma = |[r, g, b]: [f32; 3]| LUMA[0] * r + LUMA[1] * g + LUMA[2] * b;
    let (mut room, mut picture) = (0.0, 0.0);
    for y in 0..GRID[1] as usize {
        for x in 0..GRID[0] as usize {
            let [r, g, b, person] =
                sample(&matte.foreground, mask_width, mask_across[x], mask_down[y], |pixel| pixel);
            let other = sample(&matte.background, mask_width, mask_across[x], mask_down[y], |pixel| pixel);
            room += luma([r, g, b]) * person + luma(other) * (1.0 - person);
            let color = |[r, g, b, _]: [u8; 4]| [r, g, b].map(|level| f32::from(level) / 255.0);
            let pixels = glow.pixels().as_chunks().0;
            picture += luma(sample(pixels, glow_width, glow_across[x], glow_down[y], color));
        }
    }
    (room / f32::max(picture, 1e-3)).clamp(RANGE[0], RANGE[1])
}
