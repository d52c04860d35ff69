use std::borrow::Cow;
use std::fmt;

use crate::{EffectError, Size};

/// An image in memory: 8-bit RGBA with straight alpha and sRGB-encoded colors, rows from the top, tightly packed.
#[derive(Clone, PartialEq, Eq)]
pub struct Image {
    size: Size,
    pixels: Vec<u8>,
}

impl Image {
    /// Takes `size.width * size.height * 4` bytes of RGBA.
    ///
    /// # Errors
    /// [`EffectError::EmptySize`], [`EffectError::SizeAboveLimit`] (above [`Size::MAX_SIDE`]) or
    /// [`EffectError::PixelCount`].
    pub fn new(size: Size, pixels: Vec<u8>) -> Result<Self, EffectError> {
        size.check("image", Size::MAX_SIDE)?;
        let expected = size.pixels() * 4;
        if pixels.len() != expected {
            return Err(EffectError::PixelCount { size, format: "RGBA", expected, found: pixels.len() });
        }
        Ok(Self { size, pixels })
    }

    /// Width and height, at least 1 pixel each.
    pub fn size(&self) -> Size {
        self.size
    }

    /// The RGBA bytes.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// Converts the image into its RGBA bytes.
    pub fn into_pixels(self) -> Vec<u8> {
        self.pixels
    }

    /// Divides the colors by their alpha: converts the premultiplied alpha of a [`Compositor`](crate::Compositor) to
    /// straight alpha.
    pub fn unpremultiply(mut self) -> Self {
        for [r, g, b, alpha] in self.pixels.as_chunks_mut().0 {
            let alpha = u16::from(*alpha);
            for level in [r, g, b] {
                let straight = (u16::from(*level) * 255 + alpha / 2).checked_div(alpha);
                *level = straight.map_or(*level, |straight| straight.min(255) as u8);
            }
        }
        self
    }

    /// The pixels of row `y` as RGBA.
    pub(crate) fn row(&self, y: usize) -> &[[u8; 4]] {
        let width = self.size.width as usize;
        &self.pixels.as_chunks().0[y * width..][..width]
    }

    /// Builds an image row by row: `fill` gets the row's number and its RGBA pixels, which start as zeros.
    pub(crate) fn from_rows(size: Size, mut fill: impl FnMut(usize, &mut [[u8; 4]])) -> Self {
        let mut pixels = vec![0; size.pixels() * 4];
        let rows = pixels.as_chunks_mut().0.chunks_exact_mut(size.width as usize);
        rows.enumerate().for_each(|(y, row)| fill(y, row));
        Self { size, pixels }
    }

    /// The image composited over black, as a background with transparent parts is shown.
    pub(crate) fn over_black(&self) -> Cow<'_, Self> {
        if self.pixels.as_chunks().0.iter().all(|[_, _, _, alpha]| *alpha == u8::MAX) {
            return Cow::Borrowed(self);
        }
        Cow::Owned(Self::from_rows(self.size, |y, row| {
            for (pixel, [r, g, b, alpha]) in row.iter_mut().zip(self.row(y)) {
                let dim = |level: u8| ((u16::from(level) * u16::from(*alpha) + 127) / 255) as u8;
                *pixel = [dim(*r), dim(*g), dim(*b), u8::MAX];
            }
        }))
    }
}

impl fmt::Debug for Image {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Image").field("size", &self.size).finish_non_exhaustive()
    }
}

/// Rounds a value in `[0, 1]` to the nearest of 256 levels, as an 8-bit unsigned normalized texture stores it.
pub(crate) fn to_unorm8(value: f32) -> u8 {
    // The conversion saturates. `round()` is a function call in WebAssembly.
    (value * 255.0 + 0.5) as u8
}
