use crate::EffectError;

/// How a new background is made to belong with the person.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Blending {
    /// How much light of a picture or colour falls onto the person's edges, 0 (none) to 1; 0.3 by default. A blurred
    /// background and none at all give no light.
    pub light_wrap: f32,
    /// Whether a background picture is made as bright as the room was; false by default.
    pub match_brightness: bool,
}

impl Default for Blending {
    fn default() -> Self {
        Self { light_wrap: 0.3, match_brightness: false }
    }
}

impl Blending {
    /// Checks what the types leave open: the strength of the light wrapping.
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
    fn a_light_wrap_out_of_range_is_named() {
        for light_wrap in [-0.1, 1.1, f32::NAN, f32::INFINITY] {
            let error = Blending { light_wrap, ..Blending::default() }.check().unwrap_err();
            assert!(error.to_string().contains(&light_wrap.to_string()), "{error}");
        }
        for light_wrap in [0.0, 1.0] {
            Blending { light_wrap, ..Blending::default() }.check().unwrap();
        }
    }
}
