//! CPU twin of [`Preprocess`](super::Preprocess).

use crate::background::Fit;
use crate::{EffectError, Picture, Size, tent};

/// Scales a frame to the network's input: `[1, height, width, 3]` RGB in `[0, 1]`, tightly packed.
///
/// The shape of the frame is ignored (it is stretched) and so is its alpha.
///
/// # Errors
/// [`EffectError::EmptySize`] or [`EffectError::SizeAboveLimit`] for `input`.
pub fn resize(frame: &Picture, input: Size) -> Result<Vec<f32>, EffectError> {
    input.check("network input", Size::MAX_SIDE)?;
    let whole = Fit::Fill.place(frame.size(), input).source;
    Ok(tent::resize(frame, whole, input).into_flattened())
}
