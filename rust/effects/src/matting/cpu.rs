//! CPU twin of [`Matting`](crate::Matting).

use std::time::Duration;

use super::{MAX_SIDE, MattingOptions, Refinement};
use crate::bilateral::cpu::upsample;
use crate::guided::cpu::GuidedFilter;
use crate::mask_check::cpu::classify;
use crate::matte::cpu::Matte;
use crate::planes::Planes;
use crate::temporal_smoothing::cpu::TemporalSmoothing;
use crate::{EffectError, MaskStatus, Size};

/// Computes a matte from each frame's mask, and holds the history of the temporal smoothing.
#[derive(Default)]
pub struct Matting {
    options: MattingOptions,
    temporal_smoothing: TemporalSmoothing,
    guided: GuidedFilter,
    status: MaskStatus,
}

impl Matting {
    /// The longest side of a mask.
    pub const MAX_SIDE: u32 = MAX_SIDE;

    /// Sets the options from the next frame on.
    pub fn set_options(&mut self, options: MattingOptions) {
        self.options = options;
    }

    /// The status of the last mask. The matte of a rejected mask shows nothing of the frame. Valid before the first mask.
    pub fn status(&self) -> MaskStatus {
        self.status
    }

    /// Drops the history, as for the masks of another model.
    pub fn reset(&mut self) {
        self.temporal_smoothing.reset();
    }

    /// Makes the matte of `frame`, in the memory of an earlier one.
    ///
    /// `guide` is the model's input `[1, height, width, 3]`, RGB in `[0, 1]`, and `probability` its output `[1, height,
    /// width, 1]`, rows from the top, of the size `mask`. An implausible mask counts as background everywhere:
    /// see [`Matting::status`].
    ///
    /// `since` is the time since the frame of the last call, if this frame continues it. After `None`, after more than a
    /// second and after another size of mask, the history does not count.
    ///
    /// # Errors
    /// [`EffectError::ValueCount`], or a size out of range. The matte does not change then.
    pub fn next(
        &mut self,
        frame: &Planes,
        guide: &[f32],
        probability: &[f32],
        mask: Size,
        since: Option<Duration>,
        matte: &mut Matte,
    ) -> Result<(), EffectError> {
        mask.check("mask", MAX_SIDE)?;
        for (what, values, channels) in [("model input", guide, 3), ("person probability", probability, 1)] {
            let (expected, found) = (mask.pixels() * channels, values.len());
            if found != expected {
                return Err(EffectError::ValueCount { what, size: mask, expected, found });
            }
        }
        self.status = classify(probability);
        self.refine(frame, guide, probability, mask, since, matte);
        Ok(())
    }

    /// Makes the matte of a mask whose status is known.
    pub(crate) fn refine(
        &mut self,
        frame: &Planes,
        guide: &[f32],
        probability: &[f32],
        mask: Size,
        since: Option<Duration>,
        matte: &mut Matte,
    ) {
        let MattingOptions { refinement, temporal_smoothing } = self.options;
        let since = since.filter(|_| temporal_smoothing);
        let pixels = self.temporal_smoothing.next(guide, probability, self.status, mask, since);
        self.guided.fit(pixels, mask, matte);
        match refinement {
            Refinement::Guided => {}
            Refinement::None => matte.set_coefficients(mask, pixels.iter().map(|[.., value]| *value)),
            Refinement::Bilateral => upsample(pixels, mask, frame, matte),
        }
    }
}
