/// An image to compare: 8-bit RGBA with straight alpha and sRGB-encoded colors, rows from the top.
#[derive(Clone, Copy, Debug)]
pub struct Image<'a> {
    width: u32,
    height: u32,
    pixels: &'a [[u8; 4]],
}

/// Why images cannot be compared.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ImageError {
    /// An image without pixels.
    #[error("an image of {width}x{height} has no pixels")]
    Empty {
        /// Pixels in a row.
        width: u32,
        /// Rows.
        height: u32,
    },
    /// The number of bytes is not four per pixel.
    #[error("an image of {width}x{height} needs four bytes per pixel, not {found} bytes in total")]
    ByteCount {
        /// Pixels in a row.
        width: u32,
        /// Rows.
        height: u32,
        /// The number of bytes given.
        found: usize,
    },
    /// The images to compare differ in size, given as width and height.
    #[error("images of {}x{} and {}x{} cannot be compared: resize them to the same size", a[0], a[1], b[0], b[1])]
    Sizes {
        /// The size of the first image.
        a: [u32; 2],
        /// The size of the second image.
        b: [u32; 2],
    },
}

impl<'a> Image<'a> {
    /// Creates an image of `width * height * 4` bytes of RGBA.
    ///
    /// # Errors
    /// [`ImageError::Empty`] or [`ImageError::ByteCount`].
    pub fn new(width: u32, height: u32, bytes: &'a [u8]) -> Result<Self, ImageError> {
        if width == 0 || height == 0 {
            return Err(ImageError::Empty { width, height });
        }
        let (pixels, rest) = bytes.as_chunks();
        if pixels.len() as u64 != u64::from(width) * u64::from(height) || !rest.is_empty() {
            return Err(ImageError::ByteCount { width, height, found: bytes.len() });
        }
        Ok(Self { width, height, pixels })
    }

    /// The colors of the image composited over a gray of this level.
    fn over(&self, level: u8) -> Vec<[u8; 3]> {
        let mix = |[r, g, b, alpha]: &[u8; 4]| {
            let background = u16::from(level) * u16::from(u8::MAX - alpha);
            [r, g, b].map(|foreground| {
                ((u16::from(*foreground) * u16::from(*alpha) + background + 127) / 255) as u8
            })
        };
        self.pixels.iter().map(mix).collect()
    }

    fn opaque(&self) -> bool {
        self.pixels.iter().all(|[.., alpha]| *alpha == u8::MAX)
    }
}

/// Two images of the same size, composited for comparison.
///
/// The appearance of a transparent image depends on its background. If either image has transparency, the two are compared
/// twice, over black and over white. The color of fully transparent pixels therefore does not count, and a difference in
/// transparency counts for every color.
#[derive(Clone, Debug)]
pub struct ImagePair {
    pub(crate) width: usize,
    /// The RGB of both images, over each of one or two backgrounds.
    pub(crate) composites: Vec<[Vec<[u8; 3]>; 2]>,
}

impl ImagePair {
    /// Pairs two images.
    ///
    /// # Errors
    /// [`ImageError::Sizes`].
    pub fn new(a: &Image<'_>, b: &Image<'_>) -> Result<Self, ImageError> {
        if (a.width, a.height) != (b.width, b.height) {
            return Err(ImageError::Sizes { a: [a.width, a.height], b: [b.width, b.height] });
        }
        let backgrounds: &[u8] = if a.opaque() && b.opaque() { &[0] } else { &[0, u8::MAX] };
        let composites = backgrounds.iter().map(|level| [a.over(*level), b.over(*level)]).collect();
        Ok(Self { width: a.width as usize, composites })
    }

    /// The largest difference in any channel of any pixel, in levels of 0 to 255.
    pub fn largest_difference(&self) -> u8 {
        let pixels = self.composites.iter().flat_map(|[a, b]| a.iter().zip(b));
        pixels.flat_map(|(a, b)| a.iter().zip(b)).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn largest_difference(a: [u8; 4], b: [u8; 4]) -> u8 {
        let [a, b] = [&a, &b].map(|bytes| Image::new(1, 1, bytes).unwrap());
        ImagePair::new(&a, &b).unwrap().largest_difference()
    }

    #[test]
    fn invalid_images_are_typed_errors() {
        assert_eq!(Image::new(2, 0, &[]).unwrap_err(), ImageError::Empty { width: 2, height: 0 });
        for found in [0, 7, 9, 12] {
            let error = Image::new(1, 2, &vec![0; found]).unwrap_err();
            assert_eq!(error, ImageError::ByteCount { width: 1, height: 2, found });
        }
        Image::new(u32::MAX, u32::MAX, &[0; 4]).unwrap_err();
        let [a, b] = [(2, 1), (1, 2)].map(|(width, height)| Image::new(width, height, &[0; 8]).unwrap());
        assert_eq!(ImagePair::new(&a, &b).unwrap_err(), ImageError::Sizes { a: [2, 1], b: [1, 2] });
    }

    #[test]
    fn the_largest_difference_is_the_largest_visible_one() {
        assert_eq!(largest_difference([10, 20, 30, 255], [10, 23, 29, 255]), 3);
        assert_eq!(
            largest_difference([255, 0, 80, 0], [0, 0, 0, 0]),
            0,
            "fully transparent colors do not count"
        );
        assert_eq!(largest_difference([255, 255, 255, 0], [255, 255, 255, 255]), 255, "white over black");
        assert_eq!(largest_difference([0, 0, 0, 0], [0, 0, 0, 255]), 255, "black over white");
        assert_eq!(largest_difference([200, 0, 0, 128], [100, 0, 0, 255]), 127, "over white");
    }
}
