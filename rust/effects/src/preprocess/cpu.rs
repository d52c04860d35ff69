//! CPU twin of [`Preprocess`](super::Preprocess).

use crate::background::Fit;
use crate::{EffectError, Image, Size, tent};

/// Scales a frame to the model's input: `[1, height, width, 3]` RGB in `[0, 1]`, tightly packed.
///
/// The frame is stretched to the input's aspect ratio. Its alpha is ignored.
///
/// # Errors
/// [`EffectError::EmptySize`] or [`EffectError::SizeAboveLimit`] for `input`.
pub fn resize(frame: &Image, input: Size) -> Result<Vec<f32>, EffectError> {
    input.check("model input", Size::MAX_SIDE)?;
    let whole = Fit::Fill.place(frame.size(), input).source;
    Ok(tent::resize(frame, whole, input).into_flattened())
}
