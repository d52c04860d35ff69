//! CPU twin of the stage `temporal_smoothing`.

use std::time::Duration;

use fearless_simd::{Level, Simd, dispatch, f32x4, prelude::*};

use super::{CHANGE, CUT, MOVING, STILL, STRIDE, frame_steps};
use crate::lanes::{clamp, transpose};
use crate::quads::{LANES, at_least, load, mix, pow, smoothstep, store};
use crate::{MaskStatus, Size};

/// Smaller probabilities count as zero. The models' values for background go down to 1e-38, where products are subnormal
/// numbers, with which CPUs compute tens of times more slowly. WebAssembly cannot turn them off.
const LEAST: f32 = 1e-6;

/// Smooths masks, and holds their history.
#[derive(Default)]
pub(crate) struct TemporalSmoothing {
    size: Option<Size>,
    /// RGB and the smoothed probability of the last frame.
    pixels: Vec<[f32; 4]>,
    /// The change of each pixel's color since the previous frame.
    changes: Vec<f32>,
    /// A row of the greatest changes of three rows, between two zeros.
    row: Vec<f32>,
}

impl TemporalSmoothing {
    /// Drops the history: the next frame starts without it.
    pub fn reset(&mut self) {
        self.size = None;
    }

    /// Returns RGB of the frame at the mask's size and the smoothed probability of a person.
    ///
    /// `guide` is the model's input `[1, height, width, 3]` and `probability` its output `[1, height, width, 1]`, with the
    /// right lengths. `status` is the result of the mask check. `since` is that of
    /// [`Matting::encode`](crate::Matting::encode).
    pub fn next(
        &mut self,
        guide: &[f32],
        probability: &[f32],
        status: MaskStatus,
        size: Size,
        since: Option<Duration>,
    ) -> &[[f32; 4]] {
        let valid = status == MaskStatus::Valid;
        let continued = frame_steps(since).filter(|_| valid && self.size == Some(size));
        // After a rejected mask the next frame starts without history.
        self.size = valid.then_some(size);
        self.pixels.resize(size.pixels(), [0.0; 4]);
        let continued = continued.filter(|_| {
            dispatch!(Level::new(), simd => self.compare(simd, guide));
            let sample = self.changes.iter().step_by(STRIDE);
            let count = sample.len() as f32;
            sample.sum::<f32>() / count < CUT
        });
        match continued {
            Some(frame_steps) => {
                let width = size.width as usize;
                dispatch!(Level::new(), simd => self.smooth(simd, guide, probability, width, frame_steps));
            }
            None => {
                let colors = guide.as_chunks().0.iter();
                for (pixel, (&[r, g, b], &value)) in self.pixels.iter_mut().zip(colors.zip(probability)) {
                    // The values of a rejected mask may be NaN.
                    *pixel = [r, g, b, if valid && value >= LEAST { value.min(1.0) } else { 0.0 }];
                }
            }
        }
        &self.pixels
    }

    /// Computes the change of each pixel's color.
    #[inline(always)]
    fn compare<S: Simd>(&mut self, simd: S, guide: &[f32]) {
        self.changes.resize(self.pixels.len(), 0.0);
        for first in (0..self.pixels.len()).step_by(LANES) {
            let now = load_colors(simd, &guide[3 * first..]);
            let before = load_pixels(simd, &self.pixels[first..]);
            let [r, g, b, _] = transpose(std::array::from_fn(|i| (now[i] - before[i]).abs()));
            store(at_least(at_least(r, g), b), &mut self.changes[first..]);
        }
    }

    /// Mixes the mask with the history.
    #[inline(always)]
    fn smooth<S: Simd>(
        &mut self,
        simd: S,
        guide: &[f32],
        probability: &[f32],
        width: usize,
        frame_steps: f32,
    ) {
        let Self { pixels, changes, row, .. } = self;
        let [still, moving] = [STILL, MOVING].map(|weights| weights.map(|weight| f32x4::splat(simd, weight)));
        let least = f32x4::splat(simd, 1e-6);
        row.clear();
        row.resize(width.next_multiple_of(LANES) + 2, 0.0);
        for start in (0..pixels.len()).step_by(width) {
            let above = &changes[start.saturating_sub(width)..];
            let below = &changes[(start + width).min(pixels.len() - width)..];
            for x in (0..width).step_by(LANES) {
                let [above, here, below] =
                    [above, &changes[start..], below].map(|changes| load(simd, &changes[x..]));
                store(at_least(at_least(above, here), below), &mut row[x + 1..]);
            }
            row[width + 1..].fill(0.0);

            for x in (0..width).step_by(LANES) {
                let [left, here, right] = [0, 1, 2].map(|offset| load(simd, &row[x + offset..]));
                let movement = smoothstep(CHANGE, at_least(at_least(left, here), right));
                let first = start + x;
                let value = clamp(load(simd, &probability[first..]), 0.0, 1.0);
                let [.., before] = transpose(load_pixels(simd, &pixels[first..]));
                let certainty = (value * 2.0 - 1.0) * (value * 2.0 - 1.0);
                let [still, moving] = [still, moving].map(|[from, to]| mix(from, to, certainty));
                let history = at_least(-mix(still, moving, movement) + 1.0, least);
                let value = mix(value, before, pow(history, frame_steps));
                let value = value.simd_lt(LEAST).select(f32x4::splat(simd, 0.0), value);

                let colors = load_colors(simd, &guide[3 * first..]);
                let pixels = pixels[first..start + width].iter_mut();
                for (pixel, (color, value)) in pixels.zip(colors.into_iter().zip(*value.as_array())) {
                    color.store_array(pixel);
                    pixel[3] = value;
                }
            }
        }
    }
}

/// Loads the first four pixels. Missing ones are zero.
#[inline(always)]
fn load_pixels<S: Simd>(simd: S, pixels: &[[f32; 4]]) -> [f32x4<S>; LANES] {
    let load = |pixels: &[[f32; 4]; LANES]| pixels.map(|pixel| f32x4::load_array(simd, pixel));
    match pixels.first_chunk() {
        Some(pixels) => load(pixels),
        None => load(&std::array::from_fn(|i| pixels.get(i).copied().unwrap_or_default())),
    }
}

/// Loads the first four colors of tightly packed RGB. The fourth lane has no meaning.
#[inline(always)]
fn load_colors<S: Simd>(simd: S, guide: &[f32]) -> [f32x4<S>; LANES] {
    match guide.first_chunk::<{ 3 * LANES + 1 }>() {
        Some(guide) => std::array::from_fn(|i| f32x4::from_slice(simd, &guide[3 * i..][..LANES])),
        None => std::array::from_fn(|i| load(simd, guide.get(3 * i..).unwrap_or_default())),
    }
}
