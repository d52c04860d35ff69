//! Options from plain objects: the part of the options of JavaScript that needs no browser, so that it can be tested and fuzzed
//! without one (`rust/fuzz`).
//!
//! Every object gives valid options or an error. Only the named properties are read, and nothing is
//! read at a greater depth.

use std::fmt::Display;

use cyclorama_engine::EngineError;
use cyclorama_engine::effects::{self, Background, Blending, Fit, Layout, Refinement};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// A plain object of any origin.
pub trait PlainObject {
    /// The reason for which the object does not have the type.
    type Error: Display;

    /// Reads some of its properties.
    ///
    /// # Errors
    /// If one is missing or has another type.
    fn read<T: DeserializeOwned>(&self) -> Result<T, Self::Error>;
}

/// Options of `Engine.create`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EngineOptions {
    /// Selects the path of frames to the GPU.
    pub import_path: ImportPath,
    /// Selects the precision of weights.
    pub precision: Precision,
    /// Selects the GPU of a machine with several.
    pub power_preference: PowerPreference,
}

/// Selects the GPU of a machine with several, with the names of the browser.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum PowerPreference {
    /// The fastest one.
    #[default]
    HighPerformance,
    /// The one with the lowest power consumption.
    LowPower,
}

impl PowerPreference {
    /// The browser's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::HighPerformance => "high-performance",
            Self::LowPower => "low-power",
        }
    }
}

/// Precision of a model's weights. On the CPU they always have 32 bits.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// 16 bits, if the GPU supports them and if no weight changes.
    #[default]
    Auto,
    /// 32 bits.
    F32,
}

/// Path of a frame to a texture.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum ImportPath {
    /// `copy` on a software adapter, else `gpu`: each was measured to be many times faster there.
    #[default]
    Auto,
    /// On the GPU: an external texture for video, a copy for canvases and bitmaps.
    Gpu,
    /// Through memory: `VideoFrame.copyTo` and an upload.
    Copy,
}

/// Options of one call of `Engine.process`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ProcessOptions {
    /// Waits for the GPU after each stage, to measure the times of completed work.
    pub wait_for_gpu: bool,
    /// Shows the frame with the matte of an earlier frame, if that is recent enough.
    pub reuse_matte: bool,
    /// Makes the GPU write timestamps at the beginning and end of each stage, if it can.
    pub timestamps: bool,
    /// Returns a `VideoFrame`, on the CPU.
    pub video: bool,
    /// Width of the processed frame in pixels, on the CPU; the frame's own without it.
    pub width: Option<u32>,
    /// Height of the processed frame in pixels, on the CPU; the frame's own without it.
    pub height: Option<u32>,
}

/// A background as far as numbers and strings describe it.
#[derive(Debug)]
pub enum ParsedBackground {
    /// A background without an image.
    Plain(Background),
    /// An image with this layout.
    Image(Layout),
    /// A video with this layout.
    Video(Layout),
}

/// Reads an object of options. `name` names it in errors.
///
/// # Errors
/// [`EngineError::Options`], naming what is wrong.
pub fn read<T: DeserializeOwned>(name: &str, object: &impl PlainObject) -> Result<T, EngineError> {
    object.read().map_err(|error| EngineError::Options(format!("{name}: {}", one_line(&error.to_string()))))
}

/// Shortens a message, which may quote the object, to one line.
fn one_line(message: &str) -> String {
    const MAX_LENGTH: usize = 200;
    let escape = |character: char| match character.is_control() {
        true => character.escape_default().to_string(),
        false => character.to_string(),
    };
    message.chars().take(MAX_LENGTH).map(escape).collect()
}

/// Reads how masks become mattes: `{ refinement, temporal_smoothing }`.
///
/// # Errors
/// Those of [`read`].
pub fn matting(object: &impl PlainObject) -> Result<effects::MattingOptions, EngineError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Options {
        refinement: Name,
        temporal_smoothing: bool,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Name {
        None,
        Guided,
        Bilateral,
    }
    let Options { refinement, temporal_smoothing } = read("matting", object)?;
    let refinement = match refinement {
        Name::None => Refinement::None,
        Name::Guided => Refinement::Guided,
        Name::Bilateral => Refinement::Bilateral,
    };
    Ok(effects::MattingOptions { refinement, temporal_smoothing })
}

/// Reads light wrap and brightness matching: `{ lightWrap?, matchBrightness? }`.
///
/// # Errors
/// Those of [`read`], and [`EngineError::Effect`] for a light wrap that is out of range.
pub fn blending(object: &impl PlainObject) -> Result<Blending, EngineError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase", default)]
    struct Options {
        light_wrap: f32,
        match_brightness: bool,
    }
    impl Default for Options {
        fn default() -> Self {
            let Blending { light_wrap, match_brightness } = Blending::default();
            Self { light_wrap, match_brightness }
        }
    }
    let Options { light_wrap, match_brightness } = read("background", object)?;
    let blending = Blending { light_wrap, match_brightness };
    blending.check()?;
    Ok(blending)
}

/// Reads a background: `{ kind: "blur", radius }`, `{ kind: "color", color: [r, g, b] }`,
/// `{ kind: "transparent" }`, or `{ kind: "image" | "video", layout: { fit, position: [x, y], mirror } }`.
///
/// # Errors
/// Those of [`read`], and [`EngineError::Effect`] for a radius or a position that is out of range.
pub fn background(object: &impl PlainObject) -> Result<ParsedBackground, EngineError> {
    // Read in two steps: a tagged enum would first read the whole object, at any depth.
    #[derive(Deserialize)]
    struct Tagged {
        kind: Kind,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        Blur,
        Color,
        Transparent,
        Image,
        Video,
    }
    #[derive(Deserialize)]
    struct Blur {
        radius: f32,
    }
    #[derive(Deserialize)]
    struct Color {
        color: [u8; 3],
    }
    const NAME: &str = "background";
    let Tagged { kind } = read(NAME, object)?;
    let plain = match kind {
        Kind::Blur => Background::Blur { radius: read::<Blur>(NAME, object)?.radius },
        Kind::Color => Background::Color(read::<Color>(NAME, object)?.color),
        Kind::Transparent => Background::Transparent,
        Kind::Image => return Ok(ParsedBackground::Image(layout(NAME, object)?)),
        Kind::Video => return Ok(ParsedBackground::Video(layout(NAME, object)?)),
    };
    plain.check()?;
    Ok(ParsedBackground::Plain(plain))
}

fn layout(name: &str, object: &impl PlainObject) -> Result<Layout, EngineError> {
    #[derive(Deserialize)]
    struct Placed {
        layout: Options,
    }
    #[derive(Deserialize)]
    struct Options {
        fit: Name,
        position: [f32; 2],
        mirror: bool,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Name {
        Cover,
        Contain,
        Fill,
    }
    let Placed { layout: Options { fit, position, mirror } } = read(name, object)?;
    let fit = match fit {
        Name::Cover => Fit::Cover,
        Name::Contain => Fit::Contain,
        Name::Fill => Fit::Fill,
    };
    let layout = Layout { fit, position, mirror };
    layout.check()?;
    Ok(layout)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    impl PlainObject for Value {
        type Error = serde_json::Error;

        fn read<T: DeserializeOwned>(&self) -> Result<T, Self::Error> {
            T::deserialize(self)
        }
    }

    #[test]
    fn each_kind_of_background_is_read() {
        let layout = json!({ "fit": "contain", "position": [0, 1], "mirror": true });
        let placed = Layout { fit: Fit::Contain, position: [0.0, 1.0], mirror: true };
        for (object, expected) in [
            (json!({ "kind": "blur", "radius": 16 }), format!("{:?}", Background::Blur { radius: 16.0 })),
            (
                json!({ "kind": "color", "color": [0, 90, 255] }),
                format!("{:?}", Background::Color([0, 90, 255])),
            ),
            (json!({ "kind": "transparent" }), format!("{:?}", Background::Transparent)),
            (json!({ "kind": "image", "layout": layout }), format!("{placed:?}")),
            (json!({ "kind": "video", "layout": layout }), format!("{placed:?}")),
        ] {
            let found = match background(&object).unwrap() {
                ParsedBackground::Plain(background) => format!("{background:?}"),
                ParsedBackground::Image(layout) | ParsedBackground::Video(layout) => format!("{layout:?}"),
            };
            assert_eq!(found, expected, "{object}");
        }
    }

    #[test]
    fn a_wrong_value_or_type_is_named() {
        for (object, code, words) in [
            (json!({ "kind": "sparkles" }), "option", "unknown variant `sparkles`"),
            (json!({ "kind": "blur" }), "option", "missing field `radius`"),
            (json!({ "kind": "blur", "radius": 129 }), "effect", "129"),
            (json!({ "kind": "blur", "radius": 1e300 }), "effect", "inf"),
            (json!({ "kind": "color", "color": [0, 0, 256] }), "option", "256"),
            (
                json!({ "kind": "image", "layout": { "fit": "fill", "position": [0, 2], "mirror": false } }),
                "effect",
                "0, 2",
            ),
            (json!([]), "option", "background: "),
        ] {
            let error = background(&object).unwrap_err();
            assert_eq!(error.code(), code, "{object}: {error}");
            assert!(error.to_string().contains(words), "{object}: {error}");
        }
        let error = blending(&json!({ "lightWrap": -1 })).unwrap_err();
        assert_eq!(error.code(), "effect", "{error}");
    }

    #[test]
    fn options_of_an_engine_have_defaults_and_reject_unknown_values() {
        let options = |object: Value| read::<EngineOptions>("options", &object);
        let defaults = options(json!({})).unwrap();
        assert_eq!(defaults.power_preference, PowerPreference::HighPerformance);
        assert_eq!((defaults.precision, defaults.import_path), (Precision::Auto, ImportPath::Auto));
        for name in ["high-performance", "low-power"] {
            assert_eq!(options(json!({ "powerPreference": name })).unwrap().power_preference.name(), name);
        }
        for object in [
            json!({ "powerPreference": "fast" }),
            json!({ "powerPreference": null }),
            json!({ "powerPreference": 1 }),
            json!({ "precision": "f64" }),
            json!({ "importPath": "disk" }),
        ] {
            let error = options(object.clone()).unwrap_err();
            assert_eq!(error.code(), "option", "{object}: {error}");
        }
    }

    #[test]
    fn a_message_quotes_at_most_one_line_of_an_object() {
        let object = json!({ "kind": "a\nb\r".repeat(100_000) });
        let message = background(&object).unwrap_err().to_string();
        assert!(
            message.len() < 1000 && !message.contains(['\n', '\r']),
            "{} bytes: {message}",
            message.len()
        );
    }
}
