//! CPU twin of [`Compositor::encode`](crate::Compositor::encode).

use crate::bilinear::{axis, sample};
use crate::blur::cpu::{blur, unweigh};
use crate::matte::cpu::Matte;
use crate::picture::to_level;
use crate::resample::cpu::resample;
use crate::{Background, EffectError, Picture, Size};

/// Shows the person of `frame` in front of `background`, at the frame's size.
///
/// `probability` is the network's person probability `[1, height, width, 1]` in `[0, 1]`, rows from the top, of the
/// size `mask`; values that are not finite count as background. Colours are mixed as they are encoded. The result is
/// opaque, but for [`Background::Transparent`]: then its alpha is the matte, and straight, as PNG files have it (the
/// GPU writes premultiplied alpha). The frame's own alpha is ignored.
///
/// # Errors
/// [`EffectError::ProbabilityCount`], a size out of range, or as [`Background::check`].
pub fn composite(
    frame: &Picture,
    probability: &[f32],
    mask: Size,
    background: &Background,
) -> Result<Picture, EffectError> {
    background.check()?;
    let matte = Matte::new(probability, mask)?;
    let size = frame.size();
    Ok(match background {
        Background::Blur { radius } => {
            let blurred = blur(frame, &matte, *radius);
            let width = blurred.size.width as usize;
            let (across, down) =
                (axis(blurred.size.width, size.width), axis(blurred.size.height, size.height));
            over(frame, &matte, |x, y| {
                unweigh(sample(&blurred.pixels, width, across[x], down[y], |pixel| pixel))
            })
        }
        Background::Image { picture, layout } => {
            let placement = layout.place(picture.size(), size);
            let backdrop = resample(&picture.on_black(), placement, size);
            over(frame, &matte, |x, y| {
                let [r, g, b, _] = backdrop.row(y)[x];
                from_levels([r, g, b])
            })
        }
        Background::Color(color) => {
            let color = from_levels(*color);
            over(frame, &matte, |_, _| color)
        }
        Background::Transparent => with_persons(frame, &matte, |_, _, pixel, person| {
            pixel[3] = to_level(person);
            // Straight alpha would keep the room's colours behind full transparency, for anyone to uncover.
            if pixel[3] == 0 {
                *pixel = [0; 4];
            }
        }),
    })
}

/// Mixes the frame over the colour that `behind` gives for the pixel at `x`, `y`.
fn over(frame: &Picture, matte: &Matte, behind: impl Fn(usize, usize) -> [f32; 3]) -> Picture {
    with_persons(frame, matte, |x, y, pixel, person| {
        let behind = behind(x, y);
        for (level, behind) in pixel.iter_mut().zip(behind) {
            let front = f32::from(*level) / 255.0;
            *level = to_level(behind + (front - behind) * person);
        }
        pixel[3] = u8::MAX;
    })
}

/// Copies the frame and calls `change` with each pixel's place, its RGBA and how much of it is person.
fn with_persons(
    frame: &Picture,
    matte: &Matte,
    mut change: impl FnMut(usize, usize, &mut [u8; 4], f32),
) -> Picture {
    let size = frame.size();
    let (across, down) = (axis(matte.size.width, size.width), axis(matte.size.height, size.height));
    Picture::from_rows(size, |y, row| {
        row.copy_from_slice(frame.row(y));
        for (x, pixel) in row.iter_mut().enumerate() {
            change(x, y, pixel, matte.person(across[x], down[y]));
        }
    })
}

fn from_levels(color: [u8; 3]) -> [f32; 3] {
    color.map(|level| f32::from(level) / 255.0)
}
