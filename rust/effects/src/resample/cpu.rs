//! CPU twin of the stage `resample`.

use crate::background::Placement;
use crate::picture::to_level;
use crate::{Picture, Size, tent};

/// Lays a region of an opaque picture onto black of the given size.
pub(crate) fn resample(picture: &Picture, placement: Placement, size: Size) -> Picture {
    let Placement { source, target, mirror } = placement;
    let resized = tent::resize(picture, source, target.size);
    let (left, width) = (target.x as usize, target.size.width as usize);
    Picture::from_rows(size, |y, row| {
        row.fill([0, 0, 0, u8::MAX]);
        let resized_row = y.checked_sub(target.y as usize).filter(|y| *y < target.size.height as usize);
        if let Some(y) = resized_row {
            let covered = &mut row[left..left + width];
            for (pixel, color) in covered.iter_mut().zip(&resized[y * width..]) {
                let [r, g, b] = color.map(to_level);
                *pixel = [r, g, b, u8::MAX];
            }
            if mirror {
                covered.reverse();
            }
        }
    })
}
