//! CPU twin of [`Matting`](crate::Matting).

use std::time::Duration;

use super::{MattingOptions, Refinement};
use crate::bilateral::cpu::upsample;
use crate::guided::cpu::{Fitted, fit};
use crate::matte::cpu::Matte;
use crate::steady::cpu::Steady;
use crate::{EffectError, Picture, Size};

/// Makes a matte of each frame's mask, and remembers the last mask.
#[derive(Default)]
pub struct Matting {
    options: MattingOptions,
    steady: Steady,
}

impl Matting {
    /// Chooses how masks become mattes, from the next frame on.
    pub fn set_options(&mut self, options: MattingOptions) {
        self.options = options;
    }

    /// Begins anew with the next frame, as another network's masks ask for.
    pub fn forget(&mut self) {
        self.steady = Steady::default();
    }

    /// The matte of `frame`.
    ///
    /// `guide` is the network's input `[1, height, width, 3]`, RGB in `[0, 1]`, and `probability` its output `[1, height,
    /// width, 1]`, rows from the top, of the size `mask`; probabilities that are not finite count as background.
    /// `since` is the time since the frame of the call before if this one continues it; `None`, more than a second or another
    /// size of mask start anew.
    ///
    /// # Errors
    /// [`EffectError::ValueCount`], or a size out of range.
    pub fn next(
        &mut self,
        frame: &Picture,
        guide: &[f32],
        probability: &[f32],
        mask: Size,
        since: Option<Duration>,
    ) -> Result<Matte, EffectError> {
        mask.check("mask", super::Matting::MAX_SIDE)?;
        for (what, values, channels) in [("network input", guide, 3), ("person probability", probability, 1)]
        {
            let (expected, found) = (mask.pixels() * channels, values.len());
            if found != expected {
                return Err(EffectError::ValueCount { what, size: mask, expected, found });
            }
        }
        let MattingOptions { refinement, steady } = self.options;
        let pixels = self.steady.next(guide, probability, mask, since.filter(|_| steady));
        let Fitted { coefficients: fitted, foreground, background } = fit(pixels, mask);
        let (size, coefficients) = match refinement {
            Refinement::None => (mask, pixels.iter().map(|pixel| [0.0, 0.0, 0.0, pixel[3]]).collect()),
            Refinement::Guided => (mask, fitted),
            Refinement::Bilateral => upsample(pixels, mask, frame),
        };
        Ok(Matte { size, coefficients, mask, foreground, background })
    }
}
