//! Checks whether the model's mask can be right. If it cannot, the whole frame is background.
//!
//! Damaged weights or a GPU that computes wrongly must not show the camera's image. Three kinds of masks are rejected:
//!
//! - **A value that is not finite**, even a single one. It comes from sums that overflowed, and the same model computed
//!   all other values.
//! - **The same value everywhere**, to less than a level of an 8-bit image (1/256).
//! - **A person everywhere**: no value below 0.9, from which [`matte`](crate::matte) shows a pixel at full alpha. Such a
//!   mask shows the whole camera image, which the background must prevent.
//!
//! A person who fills the frame must not be rejected. This was tested with 520 crops of the test image's face and of the
//! people in the demo clip, with nothing else in them. For each crop, each of the five models of `models/` had a value of
//! 0.88 or less, and if it found a person at all, values that differ by 0.12 or more. Only such a frame comes near the
//! limits. If one is rejected nevertheless, the background alone is shown until the person moves.
//!
//! A mask whose greatest value is 0.2 or less is accepted, even if it is constant. It shows nothing of the camera, because
//! alpha is 0 up to 0.2. The models' masks of plain and noisy images were constant to 1e-4, so an empty room or a covered
//! lens cannot be distinguished from a model that returns 0 everywhere.
//!
//! The check runs in the frame of the mask and before [`temporal_smoothing`](crate::temporal_smoothing), which carries no
//! history over a rejected mask. A mask on the GPU is checked there.

pub(crate) mod cpu;
#[cfg(feature = "wgpu")]
pub(crate) mod pass;
#[cfg(all(test, feature = "wgpu"))]
mod test;

use crate::matte::STEP;

/// The value up to which a mask shows nothing of a frame: the lower end of the matte's step.
const SHOWN: f32 = STEP[0];
/// The smallest difference between the values of a mask that is not constant.
const CONTRAST: f32 = 1.0 / 256.0;
/// The value from which a mask shows a pixel at full alpha: the upper end of the matte's step.
const WHOLE: f32 = STEP[1];

/// Whether a mask can be right, and if not, the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum MaskStatus {
    /// The mask can be right and is used.
    #[default]
    Valid,
    /// A value is NaN or infinite.
    NotFinite,
    /// The mask has the same value at every pixel, and it is not background.
    Constant,
    /// The mask classifies every pixel as person, with near certainty.
    Everywhere,
}

impl MaskStatus {
    /// The reason for a rejection, as a sentence for people; `None` for a valid mask.
    pub fn fault(self) -> Option<&'static str> {
        match self {
            Self::Valid => None,
            Self::NotFinite => Some("the model's mask has values that are not finite"),
            Self::Constant => Some("the model's mask has the same value at every pixel"),
            Self::Everywhere => Some("the model's mask classifies every pixel as person"),
        }
    }
}
