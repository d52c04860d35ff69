use crate::region::Region;

/// The alpha of the person at each pixel, in levels of 0 to 255, rows from the top.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    width: u32,
    height: u32,
    levels: Vec<u8>,
}

/// Why masks cannot be created or compared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MaskError {
    /// A mask without pixels.
    #[error("a mask of {width}x{height} has no pixels")]
    Empty {
        /// Pixels in a row.
        width: u32,
        /// Rows.
        height: u32,
    },
    /// The number of levels differs from the number of pixels.
    #[error("a mask of {width}x{height} needs one level per pixel, not {found}")]
    LevelCount {
        /// Pixels in a row.
        width: u32,
        /// Rows.
        height: u32,
        /// The number of levels given.
        found: usize,
    },
    /// The masks to compare differ in size, given as width and height.
    #[error("masks of {}x{} and {}x{} cannot be compared: resize them to the same size", a[0], a[1], b[0], b[1])]
    Sizes {
        /// The size of the first mask.
        a: [u32; 2],
        /// The size of the second mask.
        b: [u32; 2],
    },
}

impl Mask {
    /// The lowest level of a pixel that belongs to the person: the first that is at least 0.5.
    pub const THRESHOLD: u8 = 128;

    /// Creates a mask of `width * height` levels.
    ///
    /// # Errors
    /// [`MaskError::Empty`] or [`MaskError::LevelCount`].
    pub fn new(width: u32, height: u32, levels: Vec<u8>) -> Result<Self, MaskError> {
        if width == 0 || height == 0 {
            return Err(MaskError::Empty { width, height });
        }
        if levels.len() != width as usize * height as usize {
            return Err(MaskError::LevelCount { width, height, found: levels.len() });
        }
        Ok(Self { width, height, levels })
    }

    /// Width and height in pixels, neither of them zero.
    pub fn size(&self) -> [u32; 2] {
        [self.width, self.height]
    }

    /// One level for each pixel.
    pub fn levels(&self) -> &[u8] {
        &self.levels
    }

    /// `fraction` of the mask's diagonal, rounded up to whole pixels and at least one.
    pub fn diagonal_fraction(&self, fraction: f64) -> u32 {
        let diagonal = f64::from(self.width).hypot(f64::from(self.height));
        ((fraction * diagonal).ceil() as u32).max(1)
    }

    /// The pixels at or above [`Mask::THRESHOLD`].
    pub(crate) fn person(&self) -> Region {
        let inside = self.levels.iter().map(|level| *level >= Self::THRESHOLD).collect();
        Region { width: self.width as usize, inside }
    }
}

/// A mask and its ground truth, of the same size.
#[derive(Clone, Copy, Debug)]
pub struct Pair<'a> {
    pub(crate) found: &'a Mask,
    pub(crate) truth: &'a Mask,
}

impl<'a> Pair<'a> {
    /// Pairs a mask with its ground truth.
    ///
    /// # Errors
    /// [`MaskError::Sizes`].
    pub fn new(found: &'a Mask, truth: &'a Mask) -> Result<Self, MaskError> {
        let (a, b) = (found.size(), truth.size());
        if a == b { Ok(Self { found, truth }) } else { Err(MaskError::Sizes { a, b }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_masks_are_typed_errors() {
        assert_eq!(Mask::new(0, 2, vec![]), Err(MaskError::Empty { width: 0, height: 2 }));
        let count = MaskError::LevelCount { width: 2, height: 2, found: 3 };
        assert_eq!(Mask::new(2, 2, vec![0; 3]), Err(count));
        let [a, b] = [(2, 1), (1, 2)].map(|(width, height)| Mask::new(width, height, vec![0; 2]).unwrap());
        assert_eq!(Pair::new(&a, &b).unwrap_err(), MaskError::Sizes { a: [2, 1], b: [1, 2] });
    }

    #[test]
    fn fractions_of_the_diagonal_are_rounded_up() {
        let mask = Mask::new(30, 40, vec![0; 1200]).unwrap();
        assert_eq!([0.1, 0.11, 0.001].map(|fraction| mask.diagonal_fraction(fraction)), [5, 6, 1]);
    }
}
