//! Frames as planes of samples, as cameras and video encoders have them: the working form of the CPU stages.

mod color;
mod convert;
mod orient;
#[cfg(all(test, feature = "wgpu"))]
mod test;

use std::fmt;

use crate::{EffectError, Size};

pub use color::{ColorMatrix, YuvStandard};
pub use convert::PixelOrder;

/// Three planes of 8-bit samples in one allocation, tightly packed, plane after plane: the layout of `VideoFrame.copyTo()`
/// and of a new `VideoFrame` with the format `I420` or `I444`.
#[derive(Clone, PartialEq)]
pub struct Planes {
    size: Size,
    sampling: Sampling,
    matrix: ColorMatrix,
    bytes: Vec<u8>,
}

/// The size of the second and third plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sampling {
    /// That of the first (4:4:4). RGB has it too.
    Full,
    /// Half the first plane's width and height, rounded up (4:2:0). A sample lies in the center of its 2x2 pixels.
    Half,
}

impl Sampling {
    /// Pixels across and down that share a sample of the second and third plane.
    pub(crate) fn step(self) -> usize {
        match self {
            Self::Full => 1,
            Self::Half => 2,
        }
    }

    /// The size of plane `index` of an image.
    fn plane(self, size: Size, index: usize) -> Size {
        let step = if index == 0 { 1 } else { self.step() as u32 };
        Size { width: size.width.div_ceil(step), height: size.height.div_ceil(step) }
    }
}

impl Planes {
    /// Makes planes of zeros.
    ///
    /// # Errors
    /// [`EffectError::EmptySize`] or [`EffectError::SizeAboveLimit`] (above [`Size::MAX_SIDE`]).
    pub fn new(size: Size, sampling: Sampling, matrix: ColorMatrix) -> Result<Self, EffectError> {
        size.check("frame", Size::MAX_SIDE)?;
        Ok(Self { size, sampling, matrix, bytes: vec![0; Self::byte_length(size, sampling)] })
    }

    /// Changes the format and keeps the allocation. The samples are arbitrary then.
    ///
    /// # Errors
    /// Those of [`Planes::new`]. The planes do not change then.
    pub fn reset(&mut self, size: Size, sampling: Sampling, matrix: ColorMatrix) -> Result<(), EffectError> {
        size.check("frame", Size::MAX_SIDE)?;
        self.bytes.resize(Self::byte_length(size, sampling), 0);
        (self.size, self.sampling, self.matrix) = (size, sampling, matrix);
        Ok(())
    }

    /// The number of bytes of an image.
    pub fn byte_length(size: Size, sampling: Sampling) -> usize {
        (0..3).map(|index| sampling.plane(size, index).pixels()).sum()
    }

    /// Width and height of the image and of its first plane.
    pub fn size(&self) -> Size {
        self.size
    }

    /// The size of the second and third plane.
    pub fn sampling(&self) -> Sampling {
        self.sampling
    }

    /// The colors of the samples.
    pub fn matrix(&self) -> ColorMatrix {
        self.matrix
    }

    /// All samples, plane after plane.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// All samples, plane after plane.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    /// Width and height of plane `index`.
    pub fn plane_size(&self, index: usize) -> Size {
        self.sampling.plane(self.size, index)
    }

    /// The samples of plane `index`, rows from the top.
    pub fn plane(&self, index: usize) -> &[u8] {
        &self.bytes[self.start(index)..][..self.plane_size(index).pixels()]
    }

    /// The samples of plane `index`, rows from the top.
    pub fn plane_mut(&mut self, index: usize) -> &mut [u8] {
        let (start, length) = (self.start(index), self.plane_size(index).pixels());
        &mut self.bytes[start..][..length]
    }

    /// The samples of row `y` of plane `index`.
    pub fn row(&self, index: usize, y: usize) -> &[u8] {
        let width = self.plane_size(index).width as usize;
        &self.plane(index)[y * width..][..width]
    }

    /// The samples of row `y` of plane `index`.
    pub(crate) fn row_mut(&mut self, index: usize, y: usize) -> &mut [u8] {
        let width = self.plane_size(index).width as usize;
        let start = self.start(index) + y * width;
        &mut self.bytes[start..][..width]
    }

    /// All three planes.
    pub(crate) fn planes_mut(&mut self) -> [&mut [u8]; 3] {
        let (first, second) = (self.start(1), self.plane_size(1).pixels());
        let (first, rest) = self.bytes.split_at_mut(first);
        let (second, third) = rest.split_at_mut(second);
        [first, second, third]
    }

    /// Fills the image with one color.
    pub(crate) fn fill(&mut self, rgb: [u8; 3]) {
        let samples = self.matrix.samples(rgb);
        for (plane, sample) in self.planes_mut().into_iter().zip(samples) {
            plane.fill(sample);
        }
    }

    fn start(&self, index: usize) -> usize {
        (0..index).map(|before| self.plane_size(before).pixels()).sum()
    }
}

/// One black pixel of RGB.
impl Default for Planes {
    fn default() -> Self {
        let size = Size { width: 1, height: 1 };
        Self { size, sampling: Sampling::Full, matrix: ColorMatrix::RGB, bytes: vec![0; 3] }
    }
}

impl fmt::Debug for Planes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { size, sampling, matrix, .. } = self;
        formatter
            .debug_struct("Planes")
            .field("size", size)
            .field("sampling", sampling)
            .field("matrix", matrix)
            .finish_non_exhaustive()
    }
}
