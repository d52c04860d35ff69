//! CPU twin of the stage `gate`.

use super::Verdict;

/// The value up to which a mask shows nobody: the lower end of the matte's step.
const SHOWN: f32 = 0.2;
/// How far apart a mask's values are at least.
const CONTRAST: f32 = 1.0 / 256.0;
/// The value from which a mask shows a pixel wholly: the upper end of the matte's step.
const WHOLE: f32 = 0.9;

/// The verdict on a mask of at least one pixel. Values below 0 and above 1 count as these.
pub(crate) fn judge(probability: &[f32]) -> Verdict {
    if !probability.iter().all(|person| person.is_finite()) {
        return Verdict::NotFinite;
    }
    let values = || probability.iter().map(|person| person.clamp(0.0, 1.0));
    let (least, greatest) = (values().fold(1.0, f32::min), values().fold(0.0, f32::max));
    if greatest > SHOWN && greatest - least < CONTRAST {
        Verdict::Constant
    } else if least >= WHOLE {
        Verdict::Everywhere
    } else {
        Verdict::Open
    }
}
