//! CPU twin of the stage `resample`.

use crate::background::Placement;
use crate::image::to_unorm8;
use crate::{Image, Size, tent};

/// Scales a region of an opaque image onto a region of a black image of the size `size`.
pub(crate) fn resample(image: &Image, placement: Placement, size: Size) -> Image {
    let Placement { source, target, mirror } = placement;
    let resized = tent::resize(image, source, target.size);
    let (left, width) = (target.x as usize, target.size.width as usize);
    Image::from_rows(size, |y, row| {
        row.fill([0, 0, 0, u8::MAX]);
        let resized_row = y.checked_sub(target.y as usize).filter(|y| *y < target.size.height as usize);
        if let Some(y) = resized_row {
            let covered = &mut row[left..left + width];
            for (pixel, color) in covered.iter_mut().zip(&resized[y * width..]) {
                let [r, g, b] = color.map(to_unorm8);
                *pixel = [r, g, b, u8::MAX];
            }
            if mirror {
                covered.reverse();
            }
        }
    })
}
