use super::Planes;
use crate::Size;

/// The side of the tiles that are turned by a quarter at once. Reading columns of an image row by row would miss the cache.
const TILE: usize = 16;

impl Planes {
    /// Turns the image clockwise by quarters, and then flips it left to right if `flip`: `VideoFrame.rotation` and `flip`.
    ///
    /// `into` gets the size, sampling and matrix of the result.
    pub fn orient(&self, quarter_turns: u8, flip: bool, into: &mut Self) {
        let size = match quarter_turns % 2 {
            0 => self.size,
            _ => Size { width: self.size.height, height: self.size.width },
        };
        into.reset(size, self.sampling, self.matrix).expect("both sides are those of this image");
        for (index, target) in into.planes_mut().into_iter().enumerate() {
            let width = self.plane_size(index).width as usize;
            let plane = self.plane(index);
            match quarter_turns % 4 {
                0 if flip => flip_rows(plane, width, target),
                0 => target.copy_from_slice(plane),
                // A half turn reverses the order of all samples. Flipped, only that of the rows.
                2 if flip => {
                    for (row, target) in plane.chunks_exact(width).rev().zip(target.chunks_exact_mut(width)) {
                        target.copy_from_slice(row);
                    }
                }
                2 => plane.iter().rev().zip(target).for_each(|(sample, target)| *target = *sample),
                // Clockwise, the last row becomes the first column.
                turns => turn(plane, width, (turns == 1) != flip, turns == 3, target),
            }
        }
    }
}

fn flip_rows(plane: &[u8], width: usize, target: &mut [u8]) {
    for (row, target) in plane.chunks_exact(width).zip(target.chunks_exact_mut(width)) {
        row.iter().rev().zip(target).for_each(|(sample, target)| *target = *sample);
    }
}

/// Makes rows of columns. `up` reads the columns from below, and `from_right` begins with the last one.
fn turn(plane: &[u8], width: usize, up: bool, from_right: bool, target: &mut [u8]) {
    let height = plane.len() / width;
    for top in (0..height).step_by(TILE) {
        for left in (0..width).step_by(TILE) {
            for x in left..(left + TILE).min(width) {
                let column = if from_right { width - 1 - x } else { x };
                let rows = top..(top + TILE).min(height);
                let target = &mut target[x * height..][rows.clone()];
                for (y, target) in rows.zip(target) {
                    let row = if up { height - 1 - y } else { y };
                    *target = plane[row * width + column];
                }
            }
        }
    }
}
