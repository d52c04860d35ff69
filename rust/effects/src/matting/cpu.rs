//! CPU twin of [`Matting`](crate::Matting).

use std::time::Duration;

use super::{MattingOptions, Refinement};
use crate::bilateral::cpu::upsample;
use crate::gate::cpu::judge;
use crate::guided::cpu::{Fitted, fit};
use crate::matte::cpu::Matte;
use crate::steady::cpu::Steady;
use crate::{EffectError, Picture, Size, Verdict};

/// Makes a matte of each frame's mask, and remembers the last mask.
#[derive(Default)]
pub struct Matting {
    options: MattingOptions,
    steady: Steady,
    verdict: Verdict,
}

impl Matting {
    /// Chooses how masks become mattes, from the next frame on.
    pub fn set_options(&mut self, options: MattingOptions) {
        self.options = options;
    }

    /// Whether the last mask could be right; if not, its matte shows nobody. Open before the first one.
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// Begins anew with the next frame, as another network's masks ask for.
    pub fn forget(&mut self) {
        self.steady = Steady::default();
    }

    /// The matte of `frame`.
    ///
    /// `guide` is the network's input `[1, height, width, 3]`, RGB in `[0, 1]`, and `probability` its output `[1, height,
    /// width, 1]`, rows from the top, of the size `mask`. One that cannot be right counts as background all
    /// over: [`Matting::verdict`] says so.
    ///
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
        self.verdict = judge(probability);
        Ok(self.refined(frame, guide, probability, mask, since))
    }

    /// The matte of a mask on which the verdict is made.
    pub(crate) fn refined(
        &mut self,
        frame: &Picture,
        guide: &[f32],
        probability: &[f32],
        mask: Size,
        since: Option<Duration>,
    ) -> Matte {
        let MattingOptions { refinement, steady } = self.options;
        let since = since.filter(|_| steady);
        let pixels = self.steady.next(guide, probability, self.verdict, mask, since);
        let Fitted { coefficients: fitted, foreground, background } = fit(pixels, mask);
        let (size, coefficients) = match refinement {
            Refinement::None => (mask, pixels.iter().map(|pixel| [0.0, 0.0, 0.0, pixel[3]]).collect()),
            Refinement::Guided => (mask, fitted),
            Refinement::Bilateral => upsample(pixels, mask, frame),
        };
        Matte { size, coefficients, mask, foreground, background }
    }
}
