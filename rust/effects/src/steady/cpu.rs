//! CPU twin of the stage `steady`.

use std::time::Duration;

use super::thirtieths;
use crate::{Size, Verdict};

/// The colour change from which a pixel begins to count as moving, and from which it wholly does.
const CHANGE: [f32; 2] = [0.015, 0.08];
/// The mean colour change from which a frame continues nothing.
const CUT: f32 = 0.15;
/// Of so many pixels one is looked at for the mean.
const STRIDE: usize = 7;
/// The share of a present value that is uncertain and of one that is certain, where nothing moves.
const STILL: [f32; 2] = [0.03, 0.3];
/// The same where the picture moves.
const MOVING: [f32; 2] = [0.2, 1.0];

/// The mask's memory.
#[derive(Default)]
pub(crate) struct Steady {
    size: Option<Size>,
    pixels: Vec<[f32; 4]>,
}

impl Steady {
    /// RGB of the frame at the mask's size and the steadied probability of a person, from the network's input
    /// `[1, height, width, 3]` and its output `[1, height, width, 1]`, whose lengths are right, and what the gate said of
    /// the latter. `since` as in [`Matting::encode`](crate::Matting::encode).
    pub fn next(
        &mut self,
        guide: &[f32],
        probability: &[f32],
        verdict: Verdict,
        size: Size,
        since: Option<Duration>,
    ) -> &[[f32; 4]] {
        let guide = guide.as_chunks().0;
        let open = verdict == Verdict::Open;
        let continued = thirtieths(since).filter(|_| open && self.size == Some(size));
        let changes = continued.map(|thirtieths| (thirtieths, self.changes(guide)));
        let changes = changes.filter(|(_, changes)| {
            let looked_at = changes.iter().step_by(STRIDE);
            let count = looked_at.len() as f32;
            looked_at.sum::<f32>() / count < CUT
        });
        // After a shut gate the next frame begins anew.
        self.size = open.then_some(size);
        self.pixels.resize(size.pixels(), [0.0; 4]);

        let width = size.width as usize;
        for (i, (before, (&[r, g, b], &person))) in
            self.pixels.iter_mut().zip(guide.iter().zip(probability)).enumerate()
        {
            let mut person = if open { person.clamp(0.0, 1.0) } else { 0.0 };
            if let Some((thirtieths, changes)) = &changes {
                let moving = smoothstep(CHANGE, greatest_around(changes, i, width));
                let certain = (2.0 * person - 1.0).powi(2);
                let share = mix(mix(STILL[0], STILL[1], certain), mix(MOVING[0], MOVING[1], certain), moving);
                person = mix(person, before[3], (1.0 - share).max(1e-6).powf(*thirtieths));
            }
            *before = [r, g, b, person];
        }
        &self.pixels
    }

    /// How far each pixel's colour is from the one before.
    fn changes(&self, guide: &[[f32; 3]]) -> Vec<f32> {
        let change = |(now, before): (&[f32; 3], &[f32; 4])| {
            (0..3).map(|c| (now[c] - before[c]).abs()).fold(0.0, f32::max)
        };
        guide.iter().zip(&self.pixels).map(change).collect()
    }
}

/// The greatest change of a pixel and its neighbours.
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

fn mix(first: f32, second: f32, share: f32) -> f32 {
    first + (second - first) * share
}
