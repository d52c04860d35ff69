use std::borrow::Cow;
use std::fmt;

use crate::EffectError;

/// Width and height in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Size {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

impl Size {
    /// The longest side that is accepted, in pixels: up to here the tent filter's integers fit 32 bits.
    pub const MAX_SIDE: u32 = 16_384;

    /// The number of pixels.
    pub fn pixels(self) -> usize {
        self.width as usize * self.height as usize
    }

    /// Checks that neither side is zero or longer than `limit`; `what` names the thing in the error.
    pub(crate) fn check(self, what: &'static str, limit: u32) -> Result<(), EffectError> {
        let limit = limit.min(Self::MAX_SIDE);
        if self.width == 0 || self.height == 0 {
            return Err(EffectError::EmptySize { what, size: self });
        }
        if self.width > limit || self.height > limit {
            return Err(EffectError::SizeAboveLimit { what, size: self, limit });
        }
        Ok(())
    }

    pub(crate) fn of(texture: &wgpu::Texture) -> Self {
        Self { width: texture.width(), height: texture.height() }
    }

    pub(crate) fn extent(self) -> wgpu::Extent3d {
        wgpu::Extent3d { width: self.width, height: self.height, depth_or_array_layers: 1 }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}x{}", self.width, self.height)
    }
}

/// An image in memory: 8-bit RGBA with straight alpha and sRGB-encoded colours, rows from the top, tightly packed.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    size: Size,
    pixels: Vec<u8>,
}

impl Picture {
    /// Takes `size.width * size.height * 4` bytes of RGBA.
    ///
    /// # Errors
    /// [`EffectError::EmptySize`], [`EffectError::SizeAboveLimit`] (above [`Size::MAX_SIDE`]) or
    /// [`EffectError::PixelCount`].
    pub fn new(size: Size, pixels: Vec<u8>) -> Result<Self, EffectError> {
        size.check("picture", Size::MAX_SIDE)?;
        let expected = size.pixels() * 4;
        if pixels.len() != expected {
            return Err(EffectError::PixelCount { size, expected, found: pixels.len() });
        }
        Ok(Self { size, pixels })
    }

    /// Width and height, neither of them zero.
    pub fn size(&self) -> Size {
        self.size
    }

    /// The RGBA bytes.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// Gives the RGBA bytes away.
    pub fn into_pixels(self) -> Vec<u8> {
        self.pixels
    }

    /// The picture with straight alpha, where its colours were multiplied by their alpha as a
    /// [`Compositor`](crate::Compositor) leaves them.
    pub fn straightened(mut self) -> Self {
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

    /// Builds a picture row by row: `fill` gets the row's number and its RGBA pixels, which start as zeros.
    pub(crate) fn from_rows(size: Size, mut fill: impl FnMut(usize, &mut [[u8; 4]])) -> Self {
        let mut pixels = vec![0; size.pixels() * 4];
        let rows = pixels.as_chunks_mut().0.chunks_exact_mut(size.width as usize);
        rows.enumerate().for_each(|(y, row)| fill(y, row));
        Self { size, pixels }
    }

    /// The picture as it looks on black, which is how a background with transparent parts is shown.
    pub(crate) fn on_black(&self) -> Cow<'_, Self> {
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

impl fmt::Debug for Picture {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Picture").field("size", &self.size).finish_non_exhaustive()
    }
}

/// A value in `[0, 1]` as the nearest of 256 levels, as a texture of 8-bit unsigned normalised values stores it.
pub(crate) fn to_level(value: f32) -> u8 {
    (value.clamp(0.0, 1.0) * 255.0).round() as u8
}
