//! CPU twin of the stage `mask_check`.

use super::{CONTRAST, MaskStatus, SHOWN, WHOLE};

/// Checks a mask of at least one pixel. Values are clamped to `[0, 1]`.
pub(crate) fn classify(probability: &[f32]) -> MaskStatus {
    if !probability.iter().all(|value| value.is_finite()) {
        return MaskStatus::NotFinite;
    }
    let values = || probability.iter().map(|value| value.clamp(0.0, 1.0));
    let (least, greatest) = (values().fold(1.0, f32::min), values().fold(0.0, f32::max));
    if greatest > SHOWN && greatest - least < CONTRAST {
        MaskStatus::Constant
    } else if least >= WHOLE {
        MaskStatus::Everywhere
    } else {
        MaskStatus::Valid
    }
}
