//! Temporal smoothing: mixes the model's mask with those of previous frames where nothing moves.
//!
//! Each pixel becomes a mix of the model's current value and its previous smoothed value. Two things set the weight of the
//! current value. Where colors changed around the pixel, something moved, and the history belongs to another object. There the
//! current value counts more, so that a moving hand leaves no ghost. Where the model is certain (near 0 or 1), the current value
//! counts more than where it is near one half. The weights hold for 30 frames a second and are raised to the power of the elapsed
//! time. A frame whose colors differ as a whole from the previous one starts without history. After
//! [`mask_check`](crate::mask_check) rejected a mask, all is background at once, and the next frame starts without history.
//!
//! The history replaces no frame: each frame has a mask of its own, and the history adds only what was background or person
//! at a place that looks the same.

pub(crate) mod cpu;
#[cfg(feature = "wgpu")]
pub(crate) mod pass;
#[cfg(all(test, feature = "wgpu"))]
mod test;

use std::time::Duration;

/// The color changes at which a pixel starts to count as moving, and from which it fully does.
const CHANGE: [f32; 2] = [0.015, 0.08];
/// The mean color change from which a frame starts without history.
const CUT: f32 = 0.15;
/// One of this many pixels is read for the mean. Shares no factor with the width of a model's mask.
const STRIDE: usize = 7;
/// The weight of an uncertain and of a certain present value, where nothing moves.
const STILL: [f32; 2] = [0.03, 0.3];
/// The same weights where something moves.
const MOVING: [f32; 2] = [0.2, 1.0];

/// The longest time between two frames for which the history counts.
const MAX_INTERVAL: Duration = Duration::from_secs(1);

/// Converts the time since the previous frame to frames of 1/30 s; `None` for a frame without history.
///
/// The minimum is a quarter: of two frames with the same time the second would have no weight at all.
fn frame_steps(since: Option<Duration>) -> Option<f32> {
    since.filter(|since| *since <= MAX_INTERVAL).map(|since| (since.as_secs_f32() * 30.0).max(0.25))
}
