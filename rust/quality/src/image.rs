/// A picture to compare: 8-bit RGBA with straight alpha and sRGB-encoded colours, rows from the top.
#[derive(Clone, Copy, Debug)]
pub struct Image<'a> {
    width: u32,
    height: u32,
    pixels: &'a [[u8; 4]],
}

/// Why pictures cannot be compared.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ImageError {
    /// A picture without pixels.
    #[error("a picture of {width}x{height} has no pixels")]
    Empty {
        /// Pixels in a row.
        width: u32,
        /// Rows.
        height: u32,
    },
    /// The bytes are not four for each pixel.
    #[error("a picture of {width}x{height} needs four bytes for each pixel, and there are {found} bytes")]
    ByteCount {
        /// Pixels in a row.
        width: u32,
        /// Rows.
        height: u32,
        /// The number of bytes given.
        found: usize,
    },
    /// Pictures that are to be compared differ in size, given as width and height.
    #[error("pictures of {}x{} and {}x{} cannot be compared: bring them to one size", a[0], a[1], b[0], b[1])]
    Sizes {
        /// One picture's size.
        a: [u32; 2],
        /// The other's.
        b: [u32; 2],
    },
}

impl<'a> Image<'a> {
    /// Takes `width * height * 4` bytes of RGBA.
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

    /// The colours as they look before a grey of this level.
    fn before(&self, level: u8) -> Vec<[u8; 3]> {
        let mix = |[r, g, b, alpha]: &[u8; 4]| {
            let behind = u16::from(level) * u16::from(u8::MAX - alpha);
            [r, g, b].map(|front| ((u16::from(*front) * u16::from(*alpha) + behind + 127) / 255) as u8)
        };
        self.pixels.iter().map(mix).collect()
    }

    fn opaque(&self) -> bool {
        self.pixels.iter().all(|[.., alpha]| *alpha == u8::MAX)
    }
}

/// Two pictures of one size, as they look to whoever sees them.
///
/// What a transparent picture looks like depends on what is behind it, so where either has transparent parts the two
/// are compared twice, before black and before white: what differs in colour alone under full transparency makes no
/// difference, and what differs in transparency makes one whatever its colour.
#[derive(Clone, Debug)]
pub struct ImagePair {
    pub(crate) width: usize,
    /// The two pictures' RGB, before each of one or two backdrops.
    pub(crate) looks: Vec<[Vec<[u8; 3]>; 2]>,
}

impl ImagePair {
    /// Sets two pictures side by side.
    ///
    /// # Errors
    /// [`ImageError::Sizes`].
    pub fn new(a: &Image<'_>, b: &Image<'_>) -> Result<Self, ImageError> {
        if (a.width, a.height) != (b.width, b.height) {
            return Err(ImageError::Sizes { a: [a.width, a.height], b: [b.width, b.height] });
        }
        let backdrops: &[u8] = if a.opaque() && b.opaque() { &[0] } else { &[0, u8::MAX] };
        let looks = backdrops.iter().map(|level| [a.before(*level), b.before(*level)]).collect();
        Ok(Self { width: a.width as usize, looks })
    }

    /// The largest difference in any channel of any pixel, in levels of 0 to 255.
    pub fn largest_difference(&self) -> u8 {
        let pixels = self.looks.iter().flat_map(|[a, b]| a.iter().zip(b));
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
    fn pictures_that_cannot_be_are_typed_errors() {
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
    fn the_largest_difference_is_the_one_that_can_be_seen() {
        assert_eq!(largest_difference([10, 20, 30, 255], [10, 23, 29, 255]), 3);
        assert_eq!(largest_difference([255, 0, 80, 0], [0, 0, 0, 0]), 0, "under full transparency nothing");
        assert_eq!(largest_difference([255, 255, 255, 0], [255, 255, 255, 255]), 255, "white on black");
        assert_eq!(largest_difference([0, 0, 0, 0], [0, 0, 0, 255]), 255, "black on white");
        assert_eq!(largest_difference([200, 0, 0, 128], [100, 0, 0, 255]), 127, "before white");
    }
}
