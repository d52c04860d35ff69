use crate::EffectError;

/// How a new background and the person are blended: light wrap and brightness matching.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Blending {
    /// Strength of the light that an image or color throws onto the person's edges, from 0 (none) to 1. Default: 0.3.
    /// Without effect for a blurred and a transparent background.
    pub light_wrap: f32,
    /// Whether a background image gets the brightness of the frame. Default: false.
    pub match_brightness: bool,
}

impl Default for Blending {
    fn default() -> Self {
        Self { light_wrap: 0.3, match_brightness: false }
    }
}

impl Blending {
    /// Checks the strength of the light wrap.
    ///
    /// # Errors
    /// [`EffectError::LightWrap`].
    pub fn check(self) -> Result<(), EffectError> {
        let strength = self.light_wrap;
        if (0.0..=1.0).contains(&strength) { Ok(()) } else { Err(EffectError::LightWrap { strength }) }
    }
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn a_light_wrap_out_of_range_is_an_error() {
        for light_wrap in [-0.1, 1.1, f32::NAN, f32::INFINITY] {
            let error = Blending { light_wrap, ..Blending::default() }.check().unwrap_err();
            assert!(error.to_string().contains(&light_wrap.to_string()), "{error}");
        }
        for light_wrap in [0.0, 1.0] {
            Blending { light_wrap, ..Blending::default() }.check().unwrap();
        }
    }
}
