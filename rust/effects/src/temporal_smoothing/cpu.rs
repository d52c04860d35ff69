//! CPU twin of the stage `temporal_smoothing`.

use std::time::Duration;

use super::{CHANGE, CUT, MOVING, STILL, STRIDE, frame_steps};
use crate::{MaskStatus, Size};

/// Smooths masks, and holds their history.
#[derive(Default)]
pub(crate) struct TemporalSmoothing {
    size: Option<Size>,
    pixels: Vec<[f32; 4]>,
}

impl TemporalSmoothing {
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
        let guide = guide.as_chunks().0;
        let valid = status == MaskStatus::Valid;
        let continued = frame_steps(since).filter(|_| valid && self.size == Some(size));
        let changes = continued.map(|frame_steps| (frame_steps, self.changes(guide)));
        let changes = changes.filter(|(_, changes)| {
            let sample = changes.iter().step_by(STRIDE);
            let count = sample.len() as f32;
            sample.sum::<f32>() / count < CUT
        });
        // After a rejected mask the next frame starts without history.
        self.size = valid.then_some(size);
        self.pixels.resize(size.pixels(), [0.0; 4]);

        let width = size.width as usize;
        for (i, (before, (&[r, g, b], &value))) in
            self.pixels.iter_mut().zip(guide.iter().zip(probability)).enumerate()
        {
            let mut value = if valid { value.clamp(0.0, 1.0) } else { 0.0 };
            if let Some((frame_steps, changes)) = &changes {
                let moving = smoothstep(CHANGE, greatest_around(changes, i, width));
                let certain = (2.0 * value - 1.0).powi(2);
                let weight =
                    mix(mix(STILL[0], STILL[1], certain), mix(MOVING[0], MOVING[1], certain), moving);
                value = mix(value, before[3], (1.0 - weight).max(1e-6).powf(*frame_steps));
            }
            *before = [r, g, b, value];
        }
        &self.pixels
    }

    /// The change of each pixel's color since the previous frame.
    fn changes(&self, guide: &[[f32; 3]]) -> Vec<f32> {
        let change = |(now, before): (&[f32; 3], &[f32; 4])| {
            (0..3).map(|c| (now[c] - before[c]).abs()).fold(0.0, f32::max)
        };
        guide.iter().zip(&self.pixels).map(change).collect()
    }
}

/// The greatest change of a pixel and its neighbors.
fn greatest_around(changes: &[f32], pixel: usize, width: usize) -> f32 {
    let (x, y) = (pixel % width, pixel / width);
    let columns = x.saturating_sub(1)..(x + 2).min(width);
    let rows = changes.chunks_exact(width).skip(y.saturating_sub(1)).take(if y == 0 { 2 } else { 3 });
    rows.flat_map(|row| &row[columns.clone()]).copied().fold(0.0, f32::max)
}

fn smoothstep([low, high]: [f32; 2], value: f32) -> f32 {
    let t = ((value - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

fn mix(first: f32, second: f32, fraction: f32) -> f32 {
    first + (second - first) * fraction
}
