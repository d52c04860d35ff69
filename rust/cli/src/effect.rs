use std::{path::PathBuf, str::FromStr};

use clap::ValueEnum;
use cyclorama_engine::effects::{Background, BlurStrength, Fit, Layout};

use crate::{Error, images};

/// The value of `--effect`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Effect {
    /// Standard deviation in pixels of an image 720 pixels high.
    Blur(f32),
    Color([u8; 3]),
    Image(PathBuf),
    Transparent,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum FitName {
    /// Cover the image and crop the rest
    Cover,
    /// Fit the whole background image, with black bars around it
    Contain,
    /// Stretch the background image
    Fill,
}

impl From<FitName> for Fit {
    fn from(name: FitName) -> Self {
        match name {
            FitName::Cover => Self::Cover,
            FitName::Contain => Self::Contain,
            FitName::Fill => Self::Fill,
        }
    }
}

/// The value of `--position`: the fractions of the cropped or empty space that lie left of the image and above it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Position(pub [f32; 2]);

impl FromStr for Position {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fraction = |text: &str| text.parse().ok().filter(|fraction| (0.0..=1.0).contains(fraction));
        text.split_once(',')
            .and_then(|(across, down)| Some(Self([fraction(across)?, fraction(down)?])))
            .ok_or_else(|| format!("expected two numbers from 0 to 1 such as 0.5,1, not {text:?}"))
    }
}

impl Effect {
    /// The background, with its image read from disk.
    ///
    /// # Errors
    /// As [`images::read`].
    pub(crate) fn background(&self, layout: Layout) -> Result<Background, Error> {
        Ok(match self {
            Self::Blur(radius) => Background::Blur { radius: *radius },
            Self::Color(color) => Background::Color(*color),
            Self::Transparent => Background::Transparent,
            Self::Image(path) => Background::Image { image: images::read(path)?, layout },
        })
    }
}

impl FromStr for Effect {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, value) = text.split_once(':').map_or((text, None), |(kind, value)| (kind, Some(value)));
        match (kind, value) {
            ("blur", value) => radius(value.unwrap_or("medium")).map(Self::Blur),
            ("color", Some(value)) => color(value).map(Self::Color),
            ("image", Some(path)) if !path.is_empty() => Ok(Self::Image(path.into())),
            ("transparent", None) => Ok(Self::Transparent),
            _ => Err("expected blur, blur:RADIUS, color:#rrggbb, image:PATH or transparent".to_owned()),
        }
    }
}

fn radius(text: &str) -> Result<f32, String> {
    match text {
        "low" => Ok(BlurStrength::Low.radius()),
        "medium" => Ok(BlurStrength::Medium.radius()),
        "high" => Ok(BlurStrength::High.radius()),
        number => {
            let largest = Background::MAX_RADIUS;
            number.parse().ok().filter(|radius| *radius > 0.0 && *radius <= largest).ok_or_else(|| {
                format!("expected low, medium, high, or a radius above 0 and up to {largest}, not {text:?}")
            })
        }
    }
}

fn color(text: &str) -> Result<[u8; 3], String> {
    let wrong = || format!("expected six hexadecimal digits such as #2266aa, not {text:?}");
    let digits = text.strip_prefix('#').unwrap_or(text);
    if digits.len() != 6 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(wrong());
    }
    let [_, red, green, blue] = u32::from_str_radix(digits, 16).map_err(|_| wrong())?.to_be_bytes();
    Ok([red, green, blue])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn effects_are_parsed() {
        for (text, effect) in [
            ("blur", Effect::Blur(BlurStrength::Medium.radius())),
            ("blur:high", Effect::Blur(BlurStrength::High.radius())),
            ("blur:12.5", Effect::Blur(12.5)),
            ("color:#2266aA", Effect::Color([0x22, 0x66, 0xaa])),
            ("color:000001", Effect::Color([0, 0, 1])),
            ("image:C:\\beach.png", Effect::Image("C:\\beach.png".into())),
            ("transparent", Effect::Transparent),
        ] {
            assert_eq!(text.parse(), Ok(effect), "{text}");
        }
    }

    #[test]
    fn positions_are_two_fractions() {
        assert_eq!("0,1".parse(), Ok(Position([0.0, 1.0])));
        assert_eq!("0.25,0.5".parse(), Ok(Position([0.25, 0.5])));
        for text in ["", "0.5", "0,1,0", "-0.1,0", "0,1.1", "NaN,0", "left,top"] {
            let error = text.parse::<Position>().unwrap_err();
            assert!(error.contains("from 0 to 1"), "{text}: {error}");
        }
    }

    #[test]
    fn other_effects_are_refused_with_a_hint() {
        for (text, part) in [
            ("", "expected blur"),
            ("sepia", "expected blur"),
            ("transparent:1", "expected blur"),
            ("image:", "image:PATH"),
            ("color", "color:#rrggbb"),
            ("color:#12345", "six hexadecimal digits"),
            ("color:#12345é", "six hexadecimal digits"),
            ("color:+12345", "six hexadecimal digits"),
            ("blur:0", "above 0"),
            ("blur:NaN", "above 0"),
            ("blur:1e9", "up to 128"),
            ("blur:", "low, medium, high"),
        ] {
            let error = text.parse::<Effect>().unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
