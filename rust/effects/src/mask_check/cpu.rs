//! CPU twin of the stage `mask_check`.

use super::{CONTRAST, MaskStatus, SHOWN, WHOLE};

/// Values that the loop processes together.
const LANES: usize = 16;

/// Checks a mask of at least one pixel. Values are clamped to `[0, 1]`.
pub(crate) fn classify(probability: &[f32]) -> MaskStatus {
    let (mut least, mut greatest) = ([f32::INFINITY; LANES], [f32::NEG_INFINITY; LANES]);
    // Zero, or NaN after a value that is not finite.
    let mut zero = [0.0; LANES];
    let mut add = |lane: usize, value: f32| {
        // Unlike `f32::min` and `f32::max`, these are one instruction of WebAssembly.
        least[lane] = if value < least[lane] { value } else { least[lane] };
        greatest[lane] = if value > greatest[lane] { value } else { greatest[lane] };
        zero[lane] += value * 0.0;
    };
    let (chunks, rest) = probability.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, &value) in chunk.iter().enumerate() {
            add(lane, value);
        }
    }
    for (lane, &value) in rest.iter().enumerate() {
        add(lane, value);
    }

    let least = least.into_iter().fold(1.0, f32::min).max(0.0);
    let greatest = greatest.into_iter().fold(0.0, f32::max).min(1.0);
    if zero.into_iter().any(f32::is_nan) {
        MaskStatus::NotFinite
    } else if greatest > SHOWN && greatest - least < CONTRAST {
        MaskStatus::Constant
    } else if least >= WHOLE {
        MaskStatus::Everywhere
    } else {
        MaskStatus::Valid
    }
}
