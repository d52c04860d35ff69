//! CPU twin of [`Preprocess`](super::pass::Preprocess).

use fearless_simd::{Level, Simd, dispatch, f32x4, i32x4, prelude::*};

use crate::background::Region;
use crate::lanes::{clamp, linear, transpose};
use crate::memo::Memo;
use crate::planes::{Planes, Sampling};
use crate::tent::{FRACTION_BITS, Scaler};
use crate::{EffectError, Size};

/// Scales frames to the model's input, in the memory of the last one.
#[derive(Default)]
pub struct Preprocess {
    scalers: Memo<(Size, Sampling, Size), [Scaler; 3]>,
    input: Vec<f32>,
}

impl Preprocess {
    /// Scales a frame to the model's input: `[1, height, width, 3]` RGB in `[0, 1]`, tightly packed.
    ///
    /// The frame is stretched to the input's aspect ratio.
    ///
    /// # Errors
    /// [`EffectError::EmptySize`] or [`EffectError::SizeAboveLimit`] for `input`.
    pub fn resize(&mut self, frame: &Planes, input: Size) -> Result<&[f32], EffectError> {
        input.check("model input", Size::MAX_SIDE)?;
        let scalers = self.scalers.get((frame.size(), frame.sampling(), input), || {
            std::array::from_fn(|i| {
                let size = frame.plane_size(i);
                Scaler::new(size.width, Region { x: 0, y: 0, size }, input)
            })
        });
        self.input.resize(3 * input.pixels(), 0.0);
        let matrix = frame.matrix().rgb_from_levels();
        for (y, row) in self.input.chunks_exact_mut(3 * input.width as usize).enumerate() {
            let [first, second, third] = scalers;
            let samples =
                [first.row(frame.plane(0), y), second.row(frame.plane(1), y), third.row(frame.plane(2), y)];
            dispatch!(Level::new(), simd => to_rgb(simd, samples, &matrix, row));
        }
        Ok(&self.input)
    }
}

/// Converts a row of scaled samples to RGB in `[0, 1]`.
#[inline(always)]
fn to_rgb<S: Simd>(simd: S, samples: [&[i32]; 3], matrix: &[[f32; 4]; 3], rgb: &mut [f32]) {
    const LEVEL: f32 = 1.0 / (1 << FRACTION_BITS) as f32;
    for (x, rgb) in (0..).step_by(4).zip(rgb.chunks_mut(12)) {
        let levels = samples.map(|samples| {
            let levels: f32x4<S> = i32x4::from_slice(simd, &samples[x..x + 4]).to_float();
            levels * LEVEL
        });
        let [r, g, b] = matrix.map(|row| clamp(linear(row, levels), 0.0, 1.0));
        for (pixel, rgb) in transpose([r, g, b, b]).into_iter().zip(rgb.chunks_exact_mut(3)) {
            rgb.copy_from_slice(&pixel.as_array()[..3]);
        }
    }
}
